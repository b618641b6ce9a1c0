import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ImClient } from './im-client.js';

/** What a user sees of one command. */
export interface Shown {
  exitCode: number | null;
  /** Without the line that names the service. */
  text: string;
}

/** A user at a terminal: a folder with the files of the commands, an authentication file, and the client. */
export class ClientSession {
  /** Working folder; its files can be named without a path. */
  readonly folder = mkdtempSync(join(tmpdir(), 'im-client-'));

  private readonly client: ImClient;

  /** @param authLines of the authentication file */
  constructor(
    client: ImClient | null,
    private readonly url: string,
    authLines: readonly string[],
  ) {
    if (client === null) {
      throw new Error('There is no client.');
    }
    this.client = client;
    this.write('auth.dat', `${authLines.join('\n')}\n`);
  }

  /** Puts a file in the working folder. */
  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /**
   * Runs a command to its end.
   * @param args operation and its parameters, options too
   * @param input what the user types
   */
  async run(args: readonly string[], input = ''): Promise<Shown> {
    const { exitCode, output } = await this.start(args, input);
    const head = `Connected with: ${this.url}\n`;
    return { exitCode, text: output.startsWith(head) ? output.slice(head.length) : output };
  }

  /** Runs a command that must succeed. @returns what it shows */
  async see(...args: string[]): Promise<string> {
    const { exitCode, text } = await this.run(args);
    if (exitCode !== 0) {
      throw new Error(`im_client ${args.join(' ')} ended with ${exitCode}:\n${text}`);
    }
    return text;
  }

  /** Runs a command that the service or the client must refuse, with exit code 1. @returns what it shows */
  async refusal(...args: string[]): Promise<string> {
    const { exitCode, text } = await this.run(args);
    if (exitCode !== 1) {
      throw new Error(`im_client ${args.join(' ')} ended with ${exitCode}:\n${text}`);
    }
    return text;
  }

  /** Creates an infrastructure and waits until it is configured. @returns its id */
  async create(file: string): Promise<string> {
    const id = idIn(await this.see('create', file));
    await this.see('wait', id);
    return id;
  }

  /** Removes what is left of the user. */
  async end(): Promise<void> {
    for (const id of (await this.see('list')).match(infrastructureId) ?? []) {
      await this.see('destroy', id, '-f', '-y');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async start(
    args: readonly string[],
    input: string,
  ): Promise<{ exitCode: number | null; output: string }> {
    const { client, folder, url } = this;
    const child = spawn(client.python, [client.script, '-r', url, '-a', 'auth.dat', ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        TMPDIR: folder,
        PYTHONPATH: resolve(import.meta.dirname, 'fast-clock'),
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONUNBUFFERED: '1',
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.stdin.end(input);
    const exitCode = await new Promise<number | null>((done, reject) => {
      child.once('error', reject);
      child.once('close', done);
    });
    return { exitCode, output };
  }
}

const infrastructureId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The infrastructure id in what a command shows. */
export function idIn(text: string): string {
  const [id] = text.match(infrastructureId) ?? [];
  if (id === undefined) {
    throw new Error(`No id of an infrastructure in: ${text}`);
  }
  return id;
}
