import { once } from 'node:events';
import type { LookupFunction, Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { readableKey } from './private-key.js';
import { SshError, sshErrorOf } from './ssh-error.js';
import type { SshTarget } from './ssh-target.js';
import { fingerprintOf, nameOf } from './ssh-target.js';

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

/** A connection after its log-in. */
export interface LoggedIn {
  client: Client;
  /** Fingerprint of the host key of the machine. */
  hostKey: string;
}

/** Logs in, through the jumps of the target when it has some. @throws SshError */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<LoggedIn> {
  const { jumps = [], ...last } = target;
  const gates: Client[] = [];
  const closeGates = (): void => {
    for (const gate of gates.toReversed()) {
      gate.end();
    }
  };
  try {
    for (const jump of jumps) {
      gates.push((await connectBehind(gates.at(-1), jump, options)).client);
    }
    const machine = await connectBehind(gates.at(-1), last, options);
    machine.client.once('close', closeGates);
    return machine;
  } catch (error) {
    closeGates();
    throw error;
  }
}

/** @param gate connection that leads to the target; undefined: it is reached from here */
async function connectBehind(
  gate: Client | undefined,
  target: SshTarget,
  options: ConnectOptions,
): Promise<LoggedIn> {
  const config = loginConfig(target, options.timeoutMs);
  const sock =
    gate === undefined ? await open(target, options) : await forward(gate, target, options.timeoutMs);
  try {
    return await login(target, { ...config, sock });
  } catch (error) {
    sock.destroy();
    throw error;
  }
}

function forward(gate: Client, to: SshTarget, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // The jump itself may wait for minutes.
    const timer = setTimeout(() => {
      reject(new SshError('Timeout', `${nameOf(to)} did not answer in time.`));
    }, timeoutMs);
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(
        new SshError('Unreachable', `${nameOf(to)} cannot be reached through its proxy.`, { cause: error }),
      );
    };
    try {
      gate.forwardOut('127.0.0.1', 0, to.host, to.port, (error, stream) => {
        if (error) {
          fail(error);
        } else {
          clearTimeout(timer);
          resolve(stream);
        }
      });
    } catch (error) {
      fail(error);
    }
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

/** @throws SshError `InvalidKey` */
function loginConfig(target: SshTarget, timeoutMs: number): ConnectConfig {
  const { password } = target;
  return {
    host: target.host,
    port: target.port,
    username: target.username,
    readyTimeout: timeoutMs,
    keepaliveInterval: keepaliveIntervalMs,
    keepaliveCountMax: keepaliveMisses,
    tryKeyboard: password !== undefined,
    ...(password === undefined ? {} : { password }),
    ...(target.privateKey === undefined ? {} : { privateKey: readableKey(target.privateKey) }),
  };
}

function login(target: SshTarget, config: ConnectConfig): Promise<LoggedIn> {
  let hostKey = '';
  const hostVerifier = (key: Buffer): boolean => {
    hostKey = fingerprintOf(key);
    return target.hostKey === undefined || target.hostKey === hostKey;
  };
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      finish(prompts.map(() => target.password ?? ''));
    });
    client.once('ready', () => {
      resolve({ client, hostKey });
    });
    // Errors after the log-in end the connection; calls under way see it through their channels.
    client.on('error', (error) => {
      client.end();
      const changed = target.hostKey !== undefined && hostKey !== '' && hostKey !== target.hostKey;
      reject(changed ? hostKeyChanged(target, error) : sshErrorOf(error, nameOf(target)));
    });
    client.once('close', () => {
      reject(new SshError('ConnectionLost', `${nameOf(target)} closed the connection.`));
    });
    try {
      client.connect({ ...config, hostVerifier });
    } catch (error) {
      reject(sshErrorOf(error, nameOf(target)));
    }
  });
}

function hostKeyChanged(target: SshTarget, cause: unknown): SshError {
  return new SshError(
    'HostKeyChanged',
    `${nameOf(target)} has another host key than before: it is not the machine that was configured, or somebody is in between.`,
    { cause },
  );
}
