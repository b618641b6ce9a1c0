import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../machines/run.js';

/** Whether this process may mount file systems. */
export const mayMount = process.getuid?.() === 0;

/** A file system of a few megabytes, which a test can fill. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /** Mounts it; needs root. */
  static async mount(megabytes: number): Promise<SmallDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'im-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Takes all the space that is left. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder);
    await writeFile(this.filler, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
      // Somebody else took the last of it meanwhile.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) {
        throw error;
      }
    });
  }

  /** Gives back what `fill` took. */
  async free(): Promise<void> {
    await rm(this.filler, { force: true });
  }

  /** Also while a file of it is open: SQLite closes one that this process read only when its memory is collected. */
  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.folder]);
    await rm(this.folder, { recursive: true });
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}
