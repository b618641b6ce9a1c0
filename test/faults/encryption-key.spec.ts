import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import { startStandalone } from '../servers/standalone.js';

describe('the encryption key', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'im-key-'));
  });
  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('that is lost is noticed at the start, and found again brings all back', async () => {
    const first = await startStandalone({ dataDir });
    const client = new RestClient(first.url, authorizationOf('key', ['id = dummy; type = Dummy']));
    const id = await client.create('system node () contextualize ()');
    await first.stop();
    const keyFile = join(dataDir, readdirSync(dataDir).find((name) => name.includes('key')) ?? '');
    renameSync(keyFile, `${keyFile}.away`);

    await expect(startStandalone({ dataDir })).rejects.toThrow(
      'Stored data was sealed with a key that this server does not have: check ENCRYPTION_KEY.',
    );

    renameSync(`${keyFile}.away`, keyFile);
    const again = await startStandalone({ dataDir });
    const { text } = await new RestClient(again.url, client.authorization).request('GET', '/infrastructures');
    await again.stop();
    expect(text).toContain(id);
  });

  it('and the data need a folder that can be made', async () => {
    await expect(startStandalone({ dataDir: '/proc/no-such-place' })).rejects.toThrow(
      'The data folder /proc/no-such-place cannot be used',
    );
  });
});
