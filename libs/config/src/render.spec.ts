import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.js';
import { renderConfig, renderOptionTables } from './render.js';
import { OPTIONS } from './table.js';

function render(env: Record<string, string>): string {
  return renderConfig(loadConfig({ env, profile: 'packaged', readFile: () => undefined }));
}

describe('renderConfig', () => {
  it('shows every value with its source', () => {
    const shown = render({ IM_REST_PORT: '9000' });

    expect(shown).toMatch(/^REST_PORT = 9000 +\(the environment variable IM_REST_PORT\)$/mu);
    expect(shown).toMatch(/^MAX_VM_FAILS = 3 +\(default\)$/mu);
    expect(shown).toMatch(/\[OpenNebula\]\n(?:.*\n)*IMAGE_UNAME = /u);
    for (const name of Object.keys(OPTIONS)) {
      expect(shown).toContain(`${name.replace(/^OPENNEBULA_/u, '')} = `);
    }
  });

  it('masks every secret', () => {
    const shown = render({
      IM_DATA_DB: 'mysql://imuser:s3cr3t@p@db/imdb',
      IM_REDIS_URL: 'redis://:s3cr3t@redis:6379',
      IM_ADMIN_USER: '{"username":"u","password":"s3cr3t"}',
      IM_OIDC_CLIENT_SECRET: 's3cr3t',
      IM_ENCRYPTION_KEY: 's3cr3t'.repeat(6),
    });

    expect(shown).not.toContain('s3cr3t');
    expect(shown).toContain('DATA_DB = mysql://imuser:********@db/imdb');
    expect(shown).toContain('ENCRYPTION_KEY = ********');
  });

  it.each([
    ['redis+sentinel://im:s3cr3t@a:1,b:2/main/3', 'redis+sentinel://im:********@a:1,b:2/main/3'],
    ['rediss+cluster://:s3cr3t@p/w:x@a:1,b:2', 'rediss+cluster://:********@a:1,b:2'],
    ['redis://s3cr3t@a:1', 'redis://********@a:1'],
    [
      'redis+sentinel://im:s3cr3t@a:1/main?sentinel_password=s3cr3t@2&ca=/ca.pem',
      'redis+sentinel://im:********@a:1/main?sentinel_password=********&ca=/ca.pem',
    ],
    ['redis+sentinel://a:1/main', 'redis+sentinel://a:1/main'],
  ])('masks the passwords of %s', (url, shown) => {
    expect(render({ IM_REDIS_URL: url })).toContain(`REDIS_URL = ${shown} `);
  });
});

describe('docs/configuration.md', () => {
  it('holds the tables of the options as they are (npm run docs:config writes them)', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toContain(renderOptionTables());
  });
});
