import type { DetachedRun, RemoteFile, SshConnection } from '@im/ssh';
import { pollDetached, startDetached } from '@im/ssh';

/**
 * Writes the files of a run and starts it. May be repeated: a run that was started already has read its files and may have deleted those
 * with secrets, so they are not written again.
 * @throws SshError
 */
export async function startRun(
  connection: SshConnection,
  run: DetachedRun,
  files: readonly RemoteFile[],
): Promise<void> {
  const { state } = await pollDetached(connection, run.directory, 0, 1, 0);
  if (state === 'absent') {
    await connection.writeFiles(files);
    await startDetached(connection, run);
  }
}
