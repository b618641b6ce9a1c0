import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CloudAccess } from '@im/domain';
import { CloudError } from '@im/domain';

/** Where a Docker Engine listens and how to get in (spec: connectors/docker.md 1). */
export interface EngineAddress {
  /** Path of a unix socket; the other parts do not count then. */
  socketPath?: string;
  protocol: 'http' | 'https';
  host: string;
  port: number;
  /** Prefix of every call, without a final slash. */
  path: string;
  tls?: { cert?: string; key?: string; ca?: string };
  /** For error texts: no secrets. */
  name: string;
}

/**
 * Reads the auth line of an engine: `host` (unix socket, tcp, http or https), and for TLS `public_key`, `private_key` (both or
 * none) and `ca_cert`, in PEM. The port is 2375 without and 2376 with TLS unless given.
 * @throws CloudError `InvalidInput` when the line cannot be used
 */
export function engineAddress({ cloud, credentials }: CloudAccess): EngineAddress {
  if (cloud.protocol === 'unix') {
    const socketPath = `/${cloud.server}${cloud.path}`;
    return { socketPath, protocol: 'http', host: '', port: 0, path: '', name: socketPath };
  }
  if (cloud.server === '') {
    throw new CloudError(
      'InvalidInput',
      'No correct auth data has been specified to Docker.: host is needed, e.g. https://docker.example.org:2376.',
    );
  }
  const tls = tlsMaterial(credentials);
  const secure =
    cloud.protocol === 'https' ||
    (['', 'tcp'].includes(cloud.protocol) && (tls !== undefined || cloud.port === 2376));
  if (!secure && !['', 'tcp', 'http'].includes(cloud.protocol)) {
    throw new CloudError(
      'InvalidInput',
      `A Docker host can not be reached by ${cloud.protocol}: use https, tcp or unix.`,
    );
  }
  const port = cloud.port > 0 ? cloud.port : secure ? 2376 : 2375;
  return {
    protocol: secure ? 'https' : 'http',
    host: cloud.server,
    port,
    path: cloud.path.replace(/\/+$/u, ''),
    name: `${cloud.server}:${port}`,
    ...(tls === undefined ? {} : { tls }),
  };
}

/** The same for the same engine with the same certificates; tells nothing about them. */
export function engineKey(address: EngineAddress): string {
  return createHash('sha256').update(JSON.stringify(address)).digest('base64');
}

function tlsMaterial(credentials: CloudAccess['credentials']): EngineAddress['tls'] {
  const cert = pem(credentials['public_key']);
  const key = pem(credentials['private_key']);
  const ca = pem(credentials['ca_cert']);
  if ((cert === undefined) !== (key === undefined)) {
    throw new CloudError(
      'InvalidInput',
      'No correct auth data has been specified to Docker.: public_key and private_key are needed together.',
    );
  }
  if (cert === undefined && ca === undefined) {
    return undefined;
  }
  const tls = {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new CloudError(
      'InvalidInput',
      'No correct auth data has been specified to Docker.: public_key, private_key and ca_cert must be in PEM and fit together.',
      { cause: error },
    );
  }
  return tls;
}

function pem(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : `${trimmed}\n`;
}
