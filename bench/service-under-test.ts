import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StandaloneServer } from '../test/servers/standalone.js';
import { startStandalone } from '../test/servers/standalone.js';
import type { Owned } from './owned.js';

/** A temporary folder that is removed with what the part owns. */
export function temporaryFolder(owned: Owned): string {
  const folder = mkdtempSync(join(tmpdir(), 'im-bench-'));
  owned.add(async () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The service as `npm start` runs it, with its output in a file. */
export async function startService(owned: Owned, dataDir?: string): Promise<StandaloneServer> {
  const folder = dataDir ?? temporaryFolder(owned);
  const server = await startStandalone({ dataDir: folder, logFile: join(folder, 'output.log') });
  owned.add(() => server.stop());
  return server;
}
