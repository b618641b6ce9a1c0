import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { readableKey } from './private-key.js';
import { SshError, sshErrorOf } from './ssh-error.js';
import type { SshTarget } from './ssh-target.js';
import { nameOf } from './ssh-target.js';

const keepaliveIntervalMs = 15_000;
const keepaliveMisses = 3;

/** Logs in, through the jumps of the target when it has some. @throws SshError */
export async function connect(target: SshTarget, timeoutMs: number): Promise<Client> {
  const [jump, ...further] = target.jumps ?? [];
  if (jump === undefined) {
    return login(target, timeoutMs);
  }
  const gate = await connect(jump, timeoutMs);
  try {
    const next = further[0] ?? target;
    const stream = await forward(gate, next);
    const { jumps: _jumps, ...direct } = target;
    const client =
      further.length === 0
        ? await login(direct, timeoutMs, stream)
        : await connect({ ...direct, jumps: further }, timeoutMs);
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

function login(target: SshTarget, timeoutMs: number, sock?: Duplex): Promise<Client> {
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
    ...(sock === undefined ? {} : { sock }),
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
