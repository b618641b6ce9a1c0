import type { Client } from 'ssh2';
import { pack } from 'tar-stream';
import type { ExecOptions, ExecResult } from './remote-call.js';
import { RemoteCall } from './remote-call.js';
import { SshError } from './ssh-error.js';

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
  /** Fingerprint of the host key of the machine (`SHA256:...`). */
  readonly hostKey: string;
  /** Runs a command of the login shell. Its exit code is no error. @throws SshError */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Writes files, and the folders they are in, in one round trip. @throws SshError `TransferFailed` */
  writeFiles(files: readonly RemoteFile[]): Promise<void>;
}

const transferTimeoutMs = 60_000;

/** A connection of ssh2. */
export class Ssh2Connection implements SshConnection {
  constructor(
    private readonly client: Client,
    private readonly where: string,
    readonly hostKey: string,
  ) {}

  exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    return new RemoteCall(this.where, options).run(this.client, command);
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
