import type { Radl } from '@im/radl';
import { sshPortOf } from '@im/radl';
import { Client } from 'ssh2';

/** Where and as whom to log in. */
export interface SshTarget {
  host: string;
  port: number;
  username: string;
  privateKey?: string;
  password?: string;
}

/** How the document of a VM says that it is reached through an interface. */
export function sshTarget(radl: Radl, interfaceIndex: number): SshTarget {
  const [system] = radl.systems;
  if (system === undefined) {
    throw new Error('The document has no system.');
  }
  const text = (name: string): string | undefined => system.features.getText(name);
  const privateKey = text('disk.0.os.credentials.private_key');
  const password = text('disk.0.os.credentials.password');
  return {
    host: text(`net_interface.${interfaceIndex}.ip`) ?? '',
    port: interfaceIndex === 0 ? sshPortOf(radl, system) : 22,
    username: text('disk.0.os.credentials.username') ?? '',
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Output of a command; tries again until the SSH server is up. */
export async function outputOf(target: SshTarget, command: string): Promise<string> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await runOnce(target, command);
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}

function runOnce(target: SshTarget, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const end = (settle: () => void): void => {
      client.end();
      settle();
    };
    // A connection that is cut tells more than one error.
    client.on('error', (error) => end(() => reject(error)));
    client.once('ready', () => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) {
          end(() => reject(error));
          return;
        }
        let output = '';
        channel.on('data', (part: Buffer) => {
          output += part.toString();
        });
        channel.stderr.on('data', (part: Buffer) => {
          output += part.toString();
        });
        channel.once('close', () => end(() => resolve(output)));
      });
    });
    client.connect({ ...target, readyTimeout: 5000 });
  });
}
