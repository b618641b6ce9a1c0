import type { Client, ClientChannel } from 'ssh2';
import { SshError, sshErrorOf } from './ssh-error.js';

export interface ExecOptions {
  /** The call fails, and its channel is closed, after this time; 30 s when absent. */
  timeoutMs?: number;
  /** Sent to the standard input, which is then closed. */
  input?: string | Buffer;
  /** More output than this is dropped; 1 MiB when absent. */
  maxOutputBytes?: number;
  signal?: AbortSignal;
}

export interface ExecResult {
  /** null when the command was ended by a signal. */
  code: number | null;
  stdout: Buffer;
  stderr: string;
  /** Some output was dropped. */
  truncated: boolean;
}

const defaultTimeoutMs = 30_000;
const defaultMaxOutput = 1024 * 1024;

/** One command on a machine, from the opening of its channel to its end. */
export class RemoteCall {
  private readonly out: Buffer[] = [];
  private readonly err: Buffer[] = [];
  private size = 0;
  private truncated = false;
  private channel: ClientChannel | null = null;
  private settled = false;

  /** @param where name of the machine for texts */
  constructor(
    private readonly where: string,
    private readonly options: ExecOptions,
  ) {}

  /** To be called once. @throws SshError */
  run(client: Client, command: string): Promise<ExecResult> {
    const { signal, timeoutMs = defaultTimeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        if (!this.settled) {
          this.settled = true;
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          finish();
        }
      };
      const fail = (error: SshError): void => {
        settle(() => {
          this.channel?.close();
          reject(error);
        });
      };
      const onAbort = (): void => {
        fail(new SshError('ConnectionLost', `The call on ${this.where} was stopped.`));
      };
      const timer = setTimeout(() => {
        fail(new SshError('Timeout', `A command on ${this.where} did not end in time.`));
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      const finish = (result: ExecResult): void => {
        settle(() => {
          resolve(result);
        });
      };
      try {
        client.exec(command, (error, channel) => {
          if (error) {
            fail(sshErrorOf(error, this.where));
          } else if (this.settled) {
            channel.close();
          } else {
            this.follow(channel, finish, fail);
          }
        });
      } catch (error) {
        fail(sshErrorOf(error, this.where));
      }
    });
  }

  private follow(
    channel: ClientChannel,
    finish: (result: ExecResult) => void,
    fail: (error: SshError) => void,
  ): void {
    this.channel = channel;
    let end: { code: number | null } | null = null;
    channel.on('data', (chunk: Buffer) => {
      this.keep(this.out, chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      this.keep(this.err, chunk);
    });
    channel.on('exit', (code: number | null) => {
      end = { code };
    });
    channel.on('error', (error: Error) => {
      fail(sshErrorOf(error, this.where));
    });
    channel.on('close', () => {
      // Without word of its end the command may still run: the connection is gone.
      if (end === null) {
        fail(new SshError('ConnectionLost', `The connection to ${this.where} was lost.`));
        return;
      }
      finish({
        code: end.code,
        stdout: Buffer.concat(this.out),
        stderr: Buffer.concat(this.err).toString('utf8'),
        truncated: this.truncated,
      });
    });
    channel.end(this.options.input ?? '');
  }

  private keep(list: Buffer[], chunk: Buffer): void {
    const room = (this.options.maxOutputBytes ?? defaultMaxOutput) - this.size;
    this.size += chunk.length;
    this.truncated ||= chunk.length > room;
    if (room > 0) {
      list.push(chunk.subarray(0, room));
    }
  }
}
