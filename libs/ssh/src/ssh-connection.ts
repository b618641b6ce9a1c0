import type { Client, ClientChannel } from 'ssh2';
import { pack } from 'tar-stream';
import { SshError, sshErrorOf } from './ssh-error.js';

export interface ExecOptions {
  /** The channel is closed after this time; 30 s when absent. */
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

/** A file to be written on the machine. */
export interface RemoteFile {
  /** Absolute. */
  path: string;
  data: string | Buffer;
  /** 0600 when absent. */
  mode?: number;
}

/** What can be done on a machine that one is logged in to. */
export interface SshConnection {
  /** Runs a command of the login shell. Its exit code is no error. @throws SshError */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Writes files, and the folders they are in, in one round trip. @throws SshError `TransferFailed` */
  writeFiles(files: readonly RemoteFile[]): Promise<void>;
}

const defaultTimeoutMs = 30_000;
const defaultMaxOutput = 1024 * 1024;
const transferTimeoutMs = 60_000;

/** A connection of ssh2. */
export class Ssh2Connection implements SshConnection {
  constructor(
    private readonly client: Client,
    private readonly where: string,
  ) {}

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    options.signal?.throwIfAborted();
    const channel = await this.open(command);
    return collect(channel, this.where, options);
  }

  async writeFiles(files: readonly RemoteFile[]): Promise<void> {
    const archive = await tarOf(files);
    const result = await this.exec('umask 077 && tar -xpf - -C / --no-same-owner', {
      input: archive,
      timeoutMs: transferTimeoutMs,
    });
    if (result.code !== 0) {
      throw new SshError(
        'TransferFailed',
        `Files could not be written to ${this.where}: ${result.stderr.trim().slice(0, 300)}`,
      );
    }
  }

  private open(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => {
        if (error) {
          reject(sshErrorOf(error, this.where));
        } else {
          resolve(channel);
        }
      });
    });
  }
}

function collect(channel: ClientChannel, where: string, options: ExecOptions): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const limit = options.maxOutputBytes ?? defaultMaxOutput;
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let size = 0;
    let truncated = false;
    let code: number | null = null;
    let settled = false;
    const keep = (list: Buffer[]) => (chunk: Buffer) => {
      const room = limit - size;
      size += chunk.length;
      truncated ||= chunk.length > room;
      if (room > 0) {
        list.push(chunk.subarray(0, room));
      }
    };
    const settle = (finish: () => void): void => {
      if (!settled) {
        settled = true;
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        finish();
      }
    };
    const fail = (error: Error): void => {
      settle(() => {
        channel.close();
        reject(error);
      });
    };
    const onAbort = (): void => {
      fail(new SshError('ConnectionLost', `The call on ${where} was stopped.`));
    };
    const timer = setTimeout(() => {
      fail(new SshError('Timeout', `A command on ${where} did not end in time.`));
    }, options.timeoutMs ?? defaultTimeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    channel.on('data', keep(out));
    channel.stderr.on('data', keep(err));
    channel.on('exit', (exit: number | null) => {
      code = exit;
    });
    channel.on('error', (error: Error) => {
      fail(sshErrorOf(error, where));
    });
    channel.on('close', () => {
      settle(() => {
        resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8'), truncated });
      });
    });
    channel.end(options.input ?? '');
  });
}

async function tarOf(files: readonly RemoteFile[]): Promise<Buffer> {
  const archive = pack();
  for (const file of files) {
    const name = file.path.replace(/^\/+/, '');
    archive.entry(
      { name, mode: file.mode ?? 0o600 },
      Buffer.isBuffer(file.data) ? file.data : Buffer.from(file.data),
    );
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) {
    chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array));
  }
  return Buffer.concat(chunks);
}
