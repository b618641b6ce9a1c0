import { z } from 'zod';

/** Parts of the answers of the Docker Engine API that are used; https://docs.docker.com/reference/api/engine/ */

export const versionAnswer = z.object({ ApiVersion: z.string().regex(/^\d+\.\d+$/u) });

export const infoAnswer = z.object({
  NCPU: z.number(),
  MemTotal: z.number(),
  ContainersRunning: z.number().default(0),
});

const endpoint = z.object({
  IPAddress: z.string().default(''),
  GlobalIPv6Address: z.string().default(''),
});

const labels = z.record(z.string(), z.string()).nullish();

export const containerAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({
    Status: z.string(),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.number().default(0),
    Error: z.string().default(''),
  }),
  Config: z.object({ Labels: labels }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), endpoint).nullish(),
    Ports: z
      .record(
        z.string(),
        z.array(z.object({ HostIp: z.string().default(''), HostPort: z.string() })).nullable(),
      )
      .nullish(),
  }),
});

export const containerListAnswer = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    State: z.string(),
    Status: z.string().default(''),
    Labels: labels,
    Ports: z
      .array(
        z.object({
          IP: z.string().default(''),
          PrivatePort: z.number(),
          PublicPort: z.number().optional(),
          Type: z.string(),
        }),
      )
      .nullish(),
    NetworkSettings: z.object({ Networks: z.record(z.string(), endpoint).nullish() }).nullish(),
  }),
);

export const networkAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string().default('bridge'),
  Created: z.string().default(''),
  Labels: labels,
});
export const networkListAnswer = z.array(networkAnswer);
export const createdNetworkAnswer = z.object({ id: z.string() });

export const volumeAnswer = z.object({ Name: z.string(), Labels: labels });
export const volumeListAnswer = z.object({ Volumes: z.array(volumeAnswer).nullish() });

export const imageAnswer = z.object({ Id: z.string() });
export const imageListAnswer = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));
