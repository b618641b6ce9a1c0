import type { SshConnection } from '@im/ssh';
import { describe, expect, it } from 'vitest';
import { startRun } from './start-run.js';

/** What is done on a machine where the run is in this state. */
async function callsIn(state: string): Promise<string[]> {
  const calls: string[] = [];
  const connection: SshConnection = {
    hostKey: '',
    exec: async (_command, options) => {
      calls.push(options?.input === undefined ? 'look' : `start: ${String(options.input)}`);
      const stdout = options?.input === undefined ? `${state} -\n` : 'started\n';
      return { code: 0, stdout: Buffer.from(stdout), stderr: '', truncated: false };
    },
    writeFiles: async (files) => {
      calls.push(`write ${files.map(({ path }) => path).join(' ')}`);
    },
  };
  await startRun(connection, { directory: '/d/runs/op-a1', command: 'true' }, [
    { path: '/d/runs/op-a1/keys/current.yml', data: 'a secret' },
  ]);
  return calls;
}

describe('the start of a run', () => {
  it('brings the files, then runs the command', async () => {
    expect(await callsIn('absent')).toEqual(['look', 'write /d/runs/op-a1/keys/current.yml', 'start: true']);
  });

  it.each(['running', 'finished', 'lost'])('leaves one that was started before alone: %s', async (state) => {
    expect(await callsIn(state)).toEqual(['look']);
  });
});
