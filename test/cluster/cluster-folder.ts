import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ServerEntry } from './server-process.js';

const secretsOfCluster = z.object({
  encryptionKey: z.string(),
  redis: z.string(),
  database: z.string(),
  administrator: z.string(),
});

export type ClusterSecrets = z.infer<typeof secretsOfCluster>;

/** The folder of a cluster: data, logs, what runs, and the secrets, which must be the same at the next start. */
export class ClusterFolder {
  readonly path: string;

  /** @param path made when missing, closed to other users */
  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(join(this.path, 'logs'), { recursive: true, mode: 0o700 });
  }

  logOf(name: string): string {
    return join(this.path, 'logs', `${name}.log`);
  }

  /** Folder of one server. */
  of(name: string): string {
    return join(this.path, name);
  }

  /** Made up at the first start. */
  secrets(): ClusterSecrets {
    const file = join(this.path, 'secrets.json');
    if (existsSync(file)) {
      return secretsOfCluster.parse(JSON.parse(readFileSync(file, 'utf8')));
    }
    const made = {
      encryptionKey: randomBytes(32).toString('base64'),
      redis: randomBytes(16).toString('hex'),
      database: randomBytes(16).toString('hex'),
      administrator: randomBytes(16).toString('hex'),
    };
    writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
    return made;
  }

  /** Says in `cluster.json` what runs now; whoever reads it never sees half of it. */
  show(entries: readonly ServerEntry[]): void {
    const file = join(this.path, 'cluster.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(entries, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
}
