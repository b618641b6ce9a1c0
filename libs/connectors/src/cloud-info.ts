import type { AuthItem, CloudAccess, CloudInfo } from '@im/domain';
import { ImError } from '@im/domain';

/** Types of auth lines that name no cloud (spec: connectors/README.md 2.1). */
const typesWithoutCloud: ReadonlySet<string> = new Set(['InfrastructureManager', 'VMRC', 'EGIIS', 'Vault']);

/** Where a cloud is, as read from the `host` key of an auth line. */
type CloudEndpoint = Pick<CloudInfo, 'protocol' | 'server' | 'port' | 'path'>;

const noEndpoint: CloudEndpoint = { protocol: '', server: '', port: -1, path: '' };

/**
 * The clouds of an authorization, in its order (spec: connectors/README.md 2.1 to 2.3). Elements without `type` and those of types
 * that are no clouds are left out; their positions count in generated ids.
 * @throws ImError `InvalidRequest` for a malformed `host`, naming the element by its id, never by its content
 */
export function cloudsOf(items: readonly AuthItem[]): CloudAccess[] {
  return items.flatMap((credentials, position) => {
    const type = credentials['type'];
    if (type === undefined || type === '' || typesWithoutCloud.has(type)) {
      return [];
    }
    const id = credentials['id'] || `${type}${position}`;
    const cloud: CloudInfo = { id, type, ...endpointOf(id, credentials), extra: extraOf(type, credentials) };
    return [{ cloud, credentials }];
  });
}

function endpointOf(id: string, credentials: AuthItem): CloudEndpoint {
  const host = credentials['host']?.trim();
  if (host === undefined || host === '') {
    return noEndpoint;
  }
  const endpoint = unixEndpoint(host) ?? networkEndpoint(host);
  if (endpoint === null) {
    throw new ImError(
      'InvalidRequest',
      `The host of the cloud '${id}' is not valid: write it as [protocol://]host[:port][/path].`,
    );
  }
  return endpoint;
}

/**
 * `unix://var/run/docker.sock`, with two or three slashes, the bare path, and `http+unix://%2Fvar...` are one socket. Server and
 * path keep the form of stored documents: the first folder counts as the server (spec: connectors/docker.md 1).
 */
function unixEndpoint(host: string): CloudEndpoint | null {
  const match = /^(?:(?:http\+)?unix:\/\/|(?=\/))(?<path>.+)$/u.exec(host);
  const text = match?.groups?.['path'];
  if (text === undefined) {
    return null;
  }
  const path = text.replaceAll(/%2f/giu, '/').replace(/^\/+/u, '');
  const [server = '', ...rest] = path.split('/');
  return { protocol: 'unix', server, port: -1, path: rest.length === 0 ? '' : `/${rest.join('/')}` };
}

const networkForm =
  /^(?:(?<protocol>[a-z][a-z\d+.-]*):\/\/)?(?<server>\[[\da-f:.]+\]|[^\s/:@?#[\]]+)(?::(?<port>\d{1,5}))?(?<path>\/[^\s?#]*)?(?:[?#]\S*)?$/iu;

function networkEndpoint(host: string): CloudEndpoint | null {
  const parts = networkForm.exec(host)?.groups;
  if (parts === undefined) {
    return null;
  }
  const port = parts['port'] === undefined ? -1 : Number(parts['port']);
  if (port > 65_535 || port === 0) {
    return null;
  }
  return {
    protocol: (parts['protocol'] ?? '').toLowerCase(),
    server: parts['server'] ?? '',
    port,
    path: parts['path'] ?? '',
  };
}

/** Keys that later tell the auth lines of one site apart (spec: connectors/README.md 2.3). */
function extraOf(type: string, credentials: AuthItem): Record<string, string> {
  if (type === 'EGI') {
    return chosen(credentials, ['vo']);
  }
  if (type !== 'OpenStack') {
    return {};
  }
  const version = credentials['auth_version'] || '2.0_password';
  const extra: Record<string, string> = { auth_version: version };
  if (version === '3.x_oidc_access_token') {
    return { ...extra, ...chosen(credentials, ['username', 'domain']) };
  }
  return version.includes('password') ? { ...extra, ...chosen(credentials, ['tenant']) } : extra;
}

function chosen(credentials: AuthItem, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = credentials[key];
      return value === undefined || value === '' ? [] : [[key, value] as const];
    }),
  );
}
