import { once } from 'node:events';
import type { LookupFunction, Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { readableKey } from './private-key.js';
import { SshError, sshErrorOf } from './ssh-error.js';
import type { SshTarget } from './ssh-target.js';
import { nameOf } from './ssh-target.js';

const keepaliveIntervalMs = 15_000;
const keepaliveMisses = 3;

/** Keeps users from reaching the host of the service through the address of a machine. */
export interface AddressGuard {
  /** @throws Error for a host that may not be connected to */
  assertAllowed(host: string): void;
  /** Resolves names, and refuses those that lead to such a host. */
  lookup: LookupFunction;
}

export interface ConnectOptions {
  /** For the connection, and for the log-in. */
  timeoutMs: number;
  /** Every address is connected to when absent. */
  guard?: AddressGuard;
}

/** Logs in, through the jumps of the target when it has some. @throws SshError */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<Client> {
  const { timeoutMs } = options;
  const [jump, ...further] = target.jumps ?? [];
  if (jump === undefined) {
    return login(target, timeoutMs, await open(target, options));
  }
  const gate = await connect(jump, options);
  try {
    const next = further[0] ?? target;
    const stream = await forward(gate, next);
    const { jumps: _jumps, ...direct } = target;
    const client =
      further.length === 0
        ? await login(direct, timeoutMs, stream)
        : await connect({ ...direct, jumps: further }, options);
    client.once('close', () => gate.end());
    return client;
  } catch (error) {
    gate.end();
    throw error;
  }
}

function forward(gate: Client, to: SshTarget): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    gate.forwardOut('127.0.0.1', 0, to.host, to.port, (error, stream) => {
      if (error) {
        reject(
          new SshError('Unreachable', `${nameOf(to)} cannot be reached through its proxy.`, { cause: error }),
        );
      } else {
        resolve(stream);
      }
    });
  });
}

/** A connection to the port; addresses are checked by the same resolution that the connection uses. */
async function open(target: SshTarget, { timeoutMs, guard }: ConnectOptions): Promise<Socket> {
  const { host, port } = target;
  try {
    guard?.assertAllowed(host);
  } catch (cause) {
    throw notAllowed(target, cause);
  }
  const socket = createConnection({
    host,
    port,
    noDelay: true,
    ...(guard === undefined ? {} : { lookup: guard.lookup }),
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof Error && error.name === 'AbortError') {
      throw new SshError('Timeout', `${nameOf(target)} did not answer in time.`, { cause: error });
    }
    throw isDenial(error) ? notAllowed(target, error) : sshErrorOf(error, nameOf(target));
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'PermissionDenied';
}

function notAllowed(target: SshTarget, cause: unknown): SshError {
  return new SshError(
    'NotAllowed',
    `${nameOf(target)} may not be connected to: it lies on the host of this service or on its link.`,
    { cause },
  );
}

function login(target: SshTarget, timeoutMs: number, sock: Duplex): Promise<Client> {
  const { password } = target;
  const config: ConnectConfig = {
    host: target.host,
    port: target.port,
    username: target.username,
    readyTimeout: timeoutMs,
    keepaliveInterval: keepaliveIntervalMs,
    keepaliveCountMax: keepaliveMisses,
    tryKeyboard: password !== undefined,
    ...(password === undefined ? {} : { password }),
    ...(target.privateKey === undefined ? {} : { privateKey: readableKey(target.privateKey) }),
    sock,
  };
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      finish(prompts.map(() => password ?? ''));
    });
    client.once('ready', () => {
      resolve(client);
    });
    // Errors after the log-in end the connection; calls under way see it through their channels.
    client.on('error', (error) => {
      client.end();
      reject(sshErrorOf(error, nameOf(target)));
    });
    client.once('close', () => {
      reject(new SshError('ConnectionLost', `${nameOf(target)} closed the connection.`));
    });
    try {
      client.connect(config);
    } catch (error) {
      reject(sshErrorOf(error, nameOf(target)));
    }
  });
}
