import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../machines/run.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();

describe.skipIf(client === null)('the operations that im_client --help lists', () => {
  it('each stand in a test of this folder', async () => {
    const help = await run(client?.python ?? '', [client?.script ?? '', '--help']);
    const operations = help.slice(help.indexOf('\nOperation:\n')).match(/^ {2}[a-z_]+/gm) ?? [];
    const specs = readdirSync(import.meta.dirname)
      .filter((name) => name.endsWith('.spec.ts') && name !== 'help.spec.ts')
      .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
      .join('\n');

    expect(operations).toHaveLength(33);
    expect(operations.map((line) => line.trim()).filter((name) => !specs.includes(`'${name}'`))).toEqual([]);
  });
});
