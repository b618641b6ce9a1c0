import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRadl } from '@im/radl';
import type { ExecOptions, SshConnection } from '@im/ssh';
import { describe, expect, it } from 'vitest';
import type { AnsibleInstallation, MasterFacts } from './master-probe.js';
import { fittingAnsible, installScript, probeMaster, wantedAnsible } from './master-probe.js';

const facts = (given: Partial<MasterFacts> = {}): MasterFacts => ({
  installations: [],
  isRoot: true,
  sudo: false,
  home: '/root',
  ...given,
});

const system = (core: string, community?: string): AnsibleInstallation => ({
  folder: null,
  core,
  ...(community === undefined ? {} : { community }),
});

describe('the version of Ansible that a document asks for', () => {
  const wantedIn = (section: string) => wantedAnsible(parseRadl(`system s (cpu.count = 1)\n${section}`));

  it.each([
    ["contextualize (option ansible_version = '9.5.1')", '9.5.1'],
    ["contextualize (option ansible_version = '2.16')", '2.16'],
    ["contextualize (option ansible_version = '12.0.0rc1')", '12.0.0rc1'],
    ['contextualize (option ansible_version = 2.9)', '2.9'],
    ['contextualize (option ansible_version = 2.10)', '2.10'],
    ['contextualize (option ansible_version = 9)', '9'],
    ['contextualize (option other = 1)', undefined],
    ['', undefined],
  ])('%s', (section, version) => {
    expect(wantedIn(section)).toBe(version);
  });

  it.each(['latest', '', '9.5.1; reboot', '$(id)', '>=2', '9 --index-url=x', `9${'.1'.repeat(40)}`])(
    'is none when it is no version: %j',
    (version) => {
      expect(wantedIn(`contextualize (option ansible_version = '${version}')`)).toBeUndefined();
    },
  );
});

describe('the Ansible that is used', () => {
  const own: AnsibleInstallation = { folder: '/opt/im-ansible/bin', core: '2.19.0' };
  const ownVersion: AnsibleInstallation = {
    folder: '/opt/im-ansible-9.5.1/bin',
    core: '2.16.6',
    community: '9.5.1',
  };

  it.each<[string, AnsibleInstallation[], string | undefined, AnsibleInstallation | undefined]>([
    ['is that of the system when any will do', [own, system('2.14.18')], undefined, system('2.14.18')],
    ['is the own one when that of the system is too old', [system('2.10.8'), own], undefined, own],
    ['is the own one when the system has none', [ownVersion, own], undefined, own],
    ['is none when all are too old', [system('2.9.27'), system('-', '2.9.27')], undefined, undefined],
    ['is none of another version when any will do', [ownVersion], undefined, undefined],
    ['is none when there is none', [], undefined, undefined],
    ['is the wanted one, by the version of its core', [own, system('2.16.6')], '2.16.6', system('2.16.6')],
    ['is the wanted one, by the version of the community package', [own, ownVersion], '9.5.1', ownVersion],
    [
      'may be older when it is wanted, though that has no core',
      [system('-', '2.9.27')],
      '2.9.27',
      system('-', '2.9.27'),
    ],
    ['is the wanted one, with and without zeros', [system('2.16.0')], '2.16', system('2.16.0')],
    ['is the wanted one, without and with zeros', [system('9', '9')], '9.0.0', system('9', '9')],
    ['is none of a version that only begins the same', [system('2.16.0')], '2.1', undefined],
    ['is none of a newer one than wanted', [system('2.14.18')], '2.14.1', undefined],
    [
      'is new enough from 2.11 on, and with every later number',
      [system('2.11.0')],
      undefined,
      system('2.11.0'),
    ],
    ['is new enough in its next great version', [system('3.0.0')], undefined, system('3.0.0')],
  ])('%s', (_name, installations, wanted, expected) => {
    expect(fittingAnsible(facts({ installations }), wanted)).toEqual(expected);
  });
});

describe('the installation of Ansible', () => {
  const cases: [string, MasterFacts, string | undefined][] = [
    ['as root', facts(), undefined],
    ['with sudo', facts({ isRoot: false, sudo: true, home: '/home/ana' }), undefined],
    ['as a user without rights', facts({ isRoot: false, home: '/home/ana' }), undefined],
    ['of a version, as root', facts(), '9.5.1'],
    ['of a version, with sudo', facts({ isRoot: false, sudo: true, home: '/home/ana' }), '2.16.6'],
  ];

  it.each(cases)('is a script that a plain shell understands: %s', (_name, given, wanted) => {
    expect(() => execFileSync('sh', ['-n'], { input: installScript(given, wanted) })).not.toThrow();
  });

  it('takes the package of the system, or makes a folder when there is none', () => {
    const script = installScript(facts(), undefined);

    expect(script).toContain('install -y -q ansible python3-venv');
    expect(script).toContain('command -v ansible-playbook >/dev/null 2>&1 && exit 0');
    expect(script).toContain('/opt/im-ansible/bin/pip install -q ansible-core jmespath');
    expect(script).not.toContain('sudo');
  });

  it.each([
    ['9.5.1', 'ansible==9.5.1'],
    ['2.16.6', 'ansible-core==2.16.6'],
    ['2.11.0', 'ansible-core==2.11.0'],
    ['2.10.7', 'ansible==2.10.7'],
    ['2.9.27', 'ansible==2.9.27'],
    ['13.0.0', 'ansible==13.0.0'],
  ])('of version %s brings %s, in a folder of its own, whatever the system has', (wanted, requirement) => {
    const script = installScript(facts(), wanted);

    expect(script).toContain(`/opt/im-ansible-${wanted}/bin/pip install -q ${requirement} jmespath`);
    expect(script).toContain(`[ -f /opt/im-ansible-${wanted}/READY ] && exit 0`);
    expect(script).not.toContain('command -v ansible-playbook');
    expect(script).not.toMatch(/install -y -q ansible /);
  });

  it('uses sudo where it may, and the home of the user where it may not', () => {
    const withSudo = installScript(facts({ isRoot: false, sudo: true, home: '/home/ana' }), '9.5.1');
    const without = installScript(facts({ isRoot: false, home: '/home/ana' }), '9.5.1');

    expect(withSudo).toContain('sudo -n python3 -m venv /opt/im-ansible-9.5.1');
    expect(without).toContain('\npython3 -m venv /home/ana/.im-ansible-9.5.1');
  });

  it('is tried again after one that broke off', () => {
    const script = installScript(facts(), '9.5.1');

    expect(script.indexOf('rm -rf /opt/im-ansible-9.5.1')).toBeLessThan(script.indexOf('python3 -m venv'));
    expect(script.indexOf('pip install')).toBeLessThan(script.indexOf('touch /opt/im-ansible-9.5.1/READY'));
  });
});

describe('a look at the control node', () => {
  const probeWith = (stdout: string): Promise<MasterFacts> => {
    const connection: SshConnection = {
      hostKey: '',
      exec: async () => ({ code: 0, stdout: Buffer.from(stdout), stderr: '', truncated: false }),
      writeFiles: () => Promise.reject(new Error('Nothing is to be written.')),
    };
    return probeMaster(connection, '/var/tmp/.im/inf-1');
  };

  it('understands what it sees', async () => {
    expect(
      await probeWith(
        'uid 1000\nhome /home/ana\nsudo yes\nansible /opt/im-ansible-9.5.1/bin 2.16.6 9.5.1\nansible - 2.14.18 -\n',
      ),
    ).toEqual({
      installations: [
        { folder: '/opt/im-ansible-9.5.1/bin', core: '2.16.6', community: '9.5.1' },
        { folder: null, core: '2.14.18' },
      ],
      isRoot: false,
      sudo: true,
      home: '/home/ana',
    });
  });

  it('passes over greetings', async () => {
    expect(await probeWith('Welcome to ansible!\r\nuid 0\r\nhome /root\r\n')).toEqual(
      facts({ isRoot: true, sudo: false, home: '/root' }),
    );
  });

  /** Does in a shell of this host what one look does. */
  async function lookWith(folder: string): Promise<string> {
    const inputs: ExecOptions[] = [];
    await probeMaster(
      {
        hostKey: '',
        exec: async (_command, options) => {
          inputs.push(options ?? {});
          return { code: 0, stdout: Buffer.alloc(0), stderr: '', truncated: false };
        },
        writeFiles: () => Promise.reject(new Error('Nothing is to be written.')),
      },
      folder,
    );
    const input = String(inputs[0]?.input);
    execFileSync('sh', ['-n'], { input });
    return execFileSync('sh', { input: `umask 077\n${input}` }).toString();
  }

  it('is a script that any shell runs to its end, and that makes a folder beside those of other users', async () => {
    const place = mkdtempSync(join(tmpdir(), 'im-probe-'));
    const base = join(place, "a user's", '.im');
    try {
      expect(await lookWith(join(base, 'inf-1'))).toMatch(/^uid \d+\nhome \S+\n/);
      await lookWith(join(base, 'inf-2'));

      const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
      expect(modeOf(base)).toBe('1777');
      expect(['inf-1', 'inf-2'].map((name) => modeOf(join(base, name)))).toEqual(['700', '700']);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
