import { performance } from 'node:perf_hooks';
import { CloudError } from '@im/domain';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { ProviderCalls } from '../provider-calls.js';
import { infoAnswer, versionAnswer } from './engine-answers.js';
import { engineCalls } from './engine-calls.js';
import type { EngineTransport } from './engine-transport.js';

/** Newest version of the API that this connector was written against; older engines are spoken to in theirs. */
const knownVersion = '1.48';
/** How long sizes and version of an engine are taken as known. */
const memoryMs = 30_000;

/** One call of the API. */
export interface EngineCall<T> {
  /** Name in the metric, e.g. `container.create`. */
  method: string;
  /** Start of the text for the user when the engine refuses, e.g. `Error creating the Container`. */
  problem: string;
  signal: AbortSignal;
  send(docker: Docker): Promise<unknown>;
  answer: z.ZodType<T>;
  timeoutMs?: number;
}

/** What an engine has. */
export interface EngineSize {
  cpus: number;
  memoryBytes: number;
  running: number;
}

/** One Docker Engine: calls with time limit, retry and metric, in a version of the API that both sides know. */
export class DockerEngine {
  private version: { prefix: string; until: number } | null = null;
  private size: { value: EngineSize; until: number } | null = null;

  /** @param name host and port for texts */
  constructor(
    readonly name: string,
    private readonly transport: EngineTransport,
    private readonly calls: ProviderCalls,
  ) {}

  /** @throws CloudError with a text for the user */
  async call<T>(call: EngineCall<T>): Promise<T> {
    const prefix = await this.prefix(call.signal);
    return this.attempt(call, prefix);
  }

  /** As `call`, undefined when the engine does not know the object. */
  async callUnlessMissing<T>(call: EngineCall<T>): Promise<T | undefined> {
    try {
      return await this.call(call);
    } catch (error) {
      if (error instanceof CloudError && error.code === 'NotFound') {
        return undefined;
      }
      throw error;
    }
  }

  /** Sizes of the host, at most half a minute old. */
  async sizeOfHost(signal: AbortSignal): Promise<EngineSize> {
    const now = performance.now();
    if (this.size === null || this.size.until < now) {
      const info = await this.call({
        method: 'info',
        problem: 'Error asking the Docker server',
        signal,
        send: (docker) => docker.info(),
        answer: infoAnswer,
      });
      const value = { cpus: info.NCPU, memoryBytes: info.MemTotal, running: info.ContainersRunning };
      this.size = { value, until: now + memoryMs };
    }
    return this.size.value;
  }

  close(): void {
    this.transport.close();
  }

  private async attempt<T>(call: EngineCall<T>, prefix: string): Promise<T> {
    const { method, signal, timeoutMs } = call;
    return this.calls.run(
      {
        cloudType: 'Docker',
        method,
        provider: this.name,
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      async (limit) => {
        const result = await sent(call, await engineCalls(this.transport, prefix, limit));
        const answer = call.answer.safeParse(result);
        if (!answer.success) {
          throw new CloudError(
            'Internal',
            `${call.problem}: the answer of ${this.name} is not that of a Docker Engine.`,
            { cause: answer.error },
          );
        }
        return answer.data;
      },
    );
  }

  /** Path of the version to use, `min(known, offered)`; engines from 29 on refuse calls in old versions. */
  private async prefix(signal: AbortSignal): Promise<string> {
    const now = performance.now();
    if (this.version === null || this.version.until < now) {
      const offered = await this.offeredVersion(signal);
      this.version = { prefix: `/v${olderOf(offered, knownVersion)}`, until: now + memoryMs };
    }
    return this.version.prefix;
  }

  private async offeredVersion(signal: AbortSignal): Promise<string> {
    const answer = await this.attempt(
      {
        method: 'version',
        problem: 'Error connecting with Docker server',
        signal,
        send: (docker) => docker.version(),
        answer: z.unknown(),
      },
      '',
    );
    const version = versionAnswer.safeParse(answer);
    if (!version.success) {
      throw new CloudError(
        'InvalidInput',
        `Error connecting with Docker server: what answers at ${this.name} is no Docker Engine. Check host and port.`,
      );
    }
    return version.data.ApiVersion;
  }
}

/** Refusals of the engine get the beginning that says what was tried. */
async function sent<T>(call: EngineCall<T>, docker: Docker): Promise<unknown> {
  try {
    return await call.send(docker);
  } catch (error) {
    if (error instanceof CloudError) {
      throw new CloudError(error.code, `${call.problem}: ${error.message}`, {
        cause: error,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      });
    }
    throw error;
  }
}

function olderOf(a: string, b: string): string {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB) ? a : b;
}
