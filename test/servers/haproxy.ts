import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** So many replicas can be named one by one in haproxy/haproxy.cfg. */
export const mostReplicas = 6;

/** An HAProxy to start with haproxy/haproxy.cfg. */
export interface HaproxyServer {
  args: string[];
  /** Socket for runtime commands. */
  socket: string;
  url: string;
  /** Writes which replicas there are and whether it is sticky, for the next start or reload (SIGUSR2). */
  configure(replicas: readonly number[], sticky: boolean): void;
  /** Whether it answers, by itself or through a replica. */
  isReady(): Promise<boolean>;
}

/**
 * Settings of the real configuration are environment variables; here they are in a file before it, so that they can be changed while
 * HAProxy runs.
 * @param projectFolder has haproxy/haproxy.cfg
 * @param folder its own; made when missing
 * @param settings further variables of haproxy.cfg
 */
export function haproxyServer(
  projectFolder: string,
  folder: string,
  ports: { clients: number; stats: number; peers: number },
  settings: Readonly<Record<string, string>>,
): HaproxyServer {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socket = join(folder, 'socket');
  const file = join(folder, 'settings.cfg');
  const url = `http://127.0.0.1:${ports.clients}`;
  return {
    args: ['-W', '-f', file, '-f', resolve(projectFolder, 'haproxy/haproxy.cfg')],
    socket,
    url,
    configure: (replicas, sticky) => {
      const variables = {
        IM_PROXY_BIND: `127.0.0.1:${ports.clients}`,
        IM_PROXY_STATS: `127.0.0.1:${ports.stats}`,
        IM_PROXY_PEER_1: `127.0.0.1:${ports.peers}`,
        IM_PROXY_SOCKET: socket,
        IM_PROXY_STICKY: sticky ? 'on' : 'off',
        ...settings,
      };
      writeFileSync(`${file}.new`, settingsFile(variables, replicas), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    isReady: () => answers(url),
  };
}

function settingsFile(variables: Readonly<Record<string, string>>, replicas: readonly number[]): string {
  const lines = Object.entries(variables).map(([name, value]) => `setenv ${name} ${quoted(value)}`);
  for (let index = 0; index < mostReplicas; index++) {
    const port = replicas[index];
    const name = `IM_API_${index + 1}`;
    // A reloaded HAProxy inherits the variables of its last life.
    lines.push(port === undefined ? `unsetenv ${name}` : `setenv ${name} 127.0.0.1:${port}`);
  }
  return ['global', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\$]/gu, String.raw`\$&`)}"`;
}

/** Answer of an HAProxy to a runtime command (its management guide, 9.3). */
export async function haproxyCommand(socketPath: string, command: string): Promise<string> {
  const socket = connect(socketPath);
  socket.end(`${command}\n`);
  return text(socket);
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/version`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
