import { describe, expect, it } from 'vitest';
import type { ConfigInput, LoadedConfig } from './load.js';
import { loadConfig } from './load.js';

function load(
  given: { files?: Record<string, string>; env?: Record<string, string> } & Partial<ConfigInput> = {},
): LoadedConfig {
  const { files = {}, env = {}, profile = 'packaged', argv = [] } = given;
  return loadConfig({ env, profile, argv, readFile: (path) => files[path] });
}

const cfg = (content: string): Record<string, string> => ({ '/etc/im/im.cfg': `[im]\n${content}\n` });

describe('profiles', () => {
  it('follows the manual in the packages', () => {
    const { config, sources, notices } = load();

    expect(config.REST_ADDRESS).toBe('0.0.0.0');
    expect(config.REST_PORT).toBe(8800);
    expect(config.DATA_DB).toBe('sqlite:///etc/im/inf.dat');
    expect(config.ALLOW_HOST_ACCESS).toBe(false);
    expect(config.ALLOW_LOCAL_PROVIDERS).toBe(false);
    expect(config.TOSCA_ALLOW_PRIVATE_ADDRESSES).toBe(false);
    expect(sources.REST_PORT).toBe('default');
    expect(notices).toEqual([]);
  });

  it('binds npm start to 127.0.0.1 and keeps its data under ./data', () => {
    const { config } = load({ profile: 'local' });

    expect(config.REST_ADDRESS).toBe('127.0.0.1');
    expect(config.DATA_DB).toBe('./data/im.sqlite');
    expect(config.ENCRYPTION_KEY_FILE).toBe('./data/encryption.key');
  });

  it('opens the host to the user of npm start and says so', () => {
    const { config, notices } = load({ profile: 'local' });

    expect(config.ALLOW_HOST_ACCESS).toBe(true);
    expect(config.ALLOW_LOCAL_PROVIDERS).toBe(true);
    expect(config.TOSCA_ALLOW_PRIVATE_ADDRESSES).toBe(true);
    expect(notices.filter((notice) => notice.includes('is on'))).toHaveLength(3);
  });

  it('closes the host again when npm start listens beyond loopback', () => {
    const { config, notices } = load({ profile: 'local', env: { IM_REST_ADDRESS: '0.0.0.0' } });

    expect(config.ALLOW_HOST_ACCESS).toBe(false);
    expect(config.ALLOW_LOCAL_PROVIDERS).toBe(false);
    expect(config.TOSCA_ALLOW_PRIVATE_ADDRESSES).toBe(false);
    expect(notices).toEqual([]);
  });

  it('lets an operator open it all the same', () => {
    const env = { IM_REST_ADDRESS: '0.0.0.0', IM_ALLOW_HOST_ACCESS: 'yes' };
    expect(load({ profile: 'local', env }).config).toMatchObject({
      ALLOW_HOST_ACCESS: true,
      ALLOW_LOCAL_PROVIDERS: false,
    });
  });
});

describe('precedence', () => {
  it('is defaults < im.cfg < etc/im.cfg < /etc/im/im.cfg < --config < environment', () => {
    const files = {
      'im.cfg': '[im]\nREST_PORT = 1\nDEFAULT_DOMAIN = a\nMAX_VM_FAILS = 4\n',
      'etc/im.cfg': '[im]\nREST_PORT = 2\nDEFAULT_DOMAIN = b\n',
      '/etc/im/im.cfg': '[im]\nREST_PORT = 3\n',
      'mine.cfg': '[im]\nMAX_VM_FAILS = 7\n',
    };

    const { config, sources } = load({
      files,
      env: { IM_REST_PORT: '4' },
      argv: ['config', '--config', 'mine.cfg'],
    });

    expect(config).toMatchObject({ REST_PORT: 4, DEFAULT_DOMAIN: 'b', MAX_VM_FAILS: 7 });
    expect(sources.REST_PORT).toBe('the environment variable IM_REST_PORT');
    expect(sources.DEFAULT_DOMAIN).toBe('etc/im.cfg, line 3');
  });

  it('counts [DEFAULT] as part of [im] and reads [OpenNebula]', () => {
    const files = { '/etc/im/im.cfg': '[DEFAULT]\nREST_PORT = 9\n[OpenNebula]\nIMAGE_UNAME = oneadmin\n' };
    expect(load({ files }).config).toMatchObject({ REST_PORT: 9, OPENNEBULA_IMAGE_UNAME: 'oneadmin' });
  });

  it('reads values from files named by _FILE variables', () => {
    const files = { '/run/db': 'mysql://u:p@h/d\n' };
    const { config, sources } = load({ files, env: { IM_DATA_DB_FILE: '/run/db' } });

    expect(config.DATA_DB).toBe('mysql://u:p@h/d');
    expect(sources.DATA_DB).toBe('the file /run/db (IM_DATA_DB_FILE)');
  });

  it('takes ENCRYPTION_KEY_FILE as the path it is', () => {
    expect(load({ env: { IM_ENCRYPTION_KEY_FILE: '/k' } }).config).toMatchObject({
      ENCRYPTION_KEY: '',
      ENCRYPTION_KEY_FILE: '/k',
    });
  });

  it('accepts other spellings of a name', () => {
    const key = '0123456789abcdef'.repeat(2);
    expect(load({ env: { IM_SECRET_KEY: key } }).config.ENCRYPTION_KEY).toBe(key);
    expect(load({ files: cfg('verify_ssl = on') }).config.VERIFI_SSL).toBe(true);
  });

  it('derives paths after everything is read', () => {
    const { config } = load({ files: cfg('CONTEXTUALIZATION_DIR = /c'), env: { IM_DATA_DIR: '/d' } });
    expect(config).toMatchObject({
      RECIPES_DIR: '/c/AnsibleRecipes',
      ENCRYPTION_KEY_FILE: '/d/encryption.key',
    });
  });
});

describe('types', () => {
  it.each([
    ['IM_REST_SSL', 'On', 'REST_SSL', true],
    ['IM_REST_SSL', '0', 'REST_SSL', false],
    ['IM_OIDC_ISSUERS', 'a, b ,', 'OIDC_ISSUERS', ['a', 'b']],
    ['IM_OIDC_SCOPES', '', 'OIDC_SCOPES', []],
    ['IM_ADMIN_USER', '', 'ADMIN_USER', []],
    ['IM_ADMIN_USER', '{}', 'ADMIN_USER', []],
    ['IM_ADMIN_USER', '{"username":"u","password":"p"}', 'ADMIN_USER', [{ username: 'u', password: 'p' }]],
    [
      'IM_OIDC_ADMIN_GROUPS',
      '[{"issuer":"i/","group":"g"}]',
      'OIDC_ADMIN_GROUPS',
      [{ issuer: 'i/', group: 'g' }],
    ],
    ['IM_UPDATE_CTXT_LOG_INTERVAL', '-1', 'UPDATE_CTXT_LOG_INTERVAL', -1],
    ['IM_LOG_LEVEL', 'debug', 'LOG_LEVEL', 'DEBUG'],
    ['IM_DATA_DB', '/db/inf.dat', 'DATA_DB', '/db/inf.dat'],
    ['IM_TRUSTED_PROXIES', '10.0.0.0/8, ::1', 'TRUSTED_PROXIES', ['10.0.0.0/8', '::1']],
  ])('reads %s=%s', (variable, value, name, expected) => {
    expect(Reflect.get(load({ env: { [variable]: value } }).config, name)).toEqual(expected);
  });

  it.each([
    [
      'IM_REST_PORT',
      'abc',
      'REST_PORT from the environment variable IM_REST_PORT is "abc": it must be a whole number from 0 to 65535.',
    ],
    ['IM_REST_PORT', '', 'is blank'],
    ['IM_REST_PORT', '3600.5', 'a whole number'],
    ['IM_REST_PORT', '70000', 'from 0 to 65535'],
    ['IM_REST_SSL', 'maybe', 'it must be yes, true, on, 1, no, false, off or 0.'],
    ['IM_LOG_LEVEL', 'LOUD', 'one of DEBUG, INFO'],
    ['IM_DATA_DB', 'mongodb://h/d', 'it must be mysql://'],
    ['IM_PRIVATE_NET_MASKS', '10.0.0.0/8,nonsense', 'networks such as'],
    ['IM_MAX_VM_FAILS', '0', 'a whole number of 1 or more'],
  ])('stops for %s=%s', (variable, value, message) => {
    expect(() => load({ env: { [variable]: value } })).toThrow(message);
  });

  it('names file and line of a wrong value', () => {
    expect(() => load({ files: cfg('A_COMMENT = x\nREST_PORT = x') })).toThrow(
      'REST_PORT from /etc/im/im.cfg, line 3 is "x": it must be a whole number from 0 to 65535.',
    );
  });

  it('keeps secrets out of its messages', () => {
    const env = { IM_ADMIN_USER: '{"username": "root", "password": "hunter2"' };
    expect(() => load({ env })).toThrow(
      /^ADMIN_USER from the environment variable IM_ADMIN_USER has a value that cannot be used: (?!.*hunter2)/u,
    );
  });
});

describe('notices', () => {
  it('says once that a feature is not built yet or has no effect', () => {
    const { notices } = load({ files: cfg('XMLRCP_PORT = 8899\nDATA_FILE = /x') });

    expect(notices).toEqual([
      'DATA_FILE (/etc/im/im.cfg, line 3) is accepted, but has no effect in this version.',
      'XMLRCP_PORT (/etc/im/im.cfg, line 2) is accepted, but its feature is not built yet.',
    ]);
  });

  it('says that the tag with the URL of the service needs that URL', () => {
    const notices = (content: string): readonly string[] => load({ files: cfg(content) }).notices;

    expect(notices('VM_TAG_IM_URL = im')).toEqual([
      expect.stringMatching(/^VM_TAG_IM_URL has no effect, since PUBLIC_URL is blank: /u),
    ]);
    expect(notices('VM_TAG_IM_URL = im\nPUBLIC_URL = https://im.example.org')).toEqual([]);
  });

  it('says that logging.conf of the Python IM is not read, and which options there are instead', () => {
    const { notices } = load({ files: { '/etc/im/logging.conf': '[loggers]\nkeys=root' } });

    expect(notices).toEqual([
      expect.stringMatching(/^\/etc\/im\/logging\.conf is not read: set LOG_LEVEL, LOG_FILE /u),
    ]);
  });

  it('warns of unknown options and sections with the nearest name', () => {
    const { notices } = load({
      files: { 'im.cfg': '[im]\nREST_PROT = 1\nFOO_BAR = 1\n[opennebula]\nX = 1\n' },
    });

    expect(notices).toEqual([
      'Unknown option in the IM config file. Ignoring it: REST_PROT (im.cfg, line 2). Did you mean REST_PORT?',
      'Unknown option in the IM config file. Ignoring it: FOO_BAR (im.cfg, line 3).',
      'Unknown section in the IM config file. Ignoring it: [opennebula]. Did you mean [OpenNebula]?',
    ]);
  });

  it('is silent about [DEFAULT] options that others refer to', () => {
    const files = { 'im.cfg': '[DEFAULT]\nbase = /srv\n[im]\nUSER_DB = %(base)s/users\n' };
    const { config, notices } = load({ files });

    expect(config.USER_DB).toBe('/srv/users');
    expect(notices).toEqual([]);
  });

  it('warns of mistyped variables and leaves foreign ones alone', () => {
    const { notices } = load({
      env: { IM_REST_PROT: '1', IM_URL: 'x', IM_PROFILE: 'local', IM_PORT_8800_TCP: 'y' },
    });
    expect(notices).toEqual([
      'The environment variable IM_REST_PROT is no option. Did you mean IM_REST_PORT?',
    ]);
  });

  it('warns of a lone percent sign without showing the value', () => {
    const { config, notices } = load({ files: cfg('DATA_DB = mysql://u:p%40q@h/d') });

    expect(config.DATA_DB).toBe('mysql://u:p%40q@h/d');
    expect(notices).toEqual([
      'DATA_DB (/etc/im/im.cfg, line 2) has a lone % that is taken as it is; write %% to be exact.',
    ]);
  });
});

describe('sources that cannot be used', () => {
  it.each([
    [{ argv: ['--config', 'none.cfg'] }, 'none.cfg, given with --config, does not exist.'],
    [{ argv: ['--config'] }, '--config needs the name of a file.'],
    [{ argv: ['--port=1'] }, '--port=1 is not an argument of this program'],
    [{ env: { IM_DATA_DB_FILE: '/none' } }, 'The file /none, given by IM_DATA_DB_FILE, does not exist.'],
    [{ env: { IM_DATA_DB_FILE: '/a', IM_DATA_DB: 'b' } }, 'IM_DATA_DB and IM_DATA_DB_FILE are both set'],
  ])('stops for %o', (given, message) => {
    expect(() => load(given)).toThrow(message);
  });

  it('names a file that may not be read', () => {
    const readFile = (path: string): string => {
      throw new Error(`EACCES: permission denied, open '${path}'`);
    };
    expect(() => loadConfig({ env: {}, profile: 'packaged', readFile })).toThrow(
      'The configuration file im.cfg cannot be read: EACCES',
    );
  });
});
