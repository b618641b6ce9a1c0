import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRadl } from '@im/radl';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskTasks } from './disks.js';

/** Names and scripts of the tasks for these features. */
function tasksOf(features: string): { name: string; script: string }[] {
  const [system] = parseRadl(`system s (disk.0.image.url = 'one://x/1' and ${features})`).systems;
  return (system === undefined ? [] : diskTasks(system)).map((task) => ({
    name: String(task['name']),
    script: String(task['ansible.builtin.shell']),
  }));
}

const disk = (n: number, features: string): string =>
  features
    .split(' ')
    .map((feature) => `disk.${n}.${feature}`)
    .join(' and ');

const data = "size=1G device='hdb' fstype='ext4' mount_path='/data'";

describe('the disks of a system', () => {
  it('are formatted and mounted in their order', () => {
    const tasks = tasksOf(
      `${disk(1, data)} and ${disk(2, "size=1G device='hdc' fstype='xfs' mount_path='/more'")}`,
    );

    expect(tasks.map(({ name }) => name)).toEqual([
      'Format and mount disk 1',
      'Disk 1 is left as it is',
      'Format and mount disk 2',
      'Disk 2 is left as it is',
    ]);
    expect(tasks[0]?.script).toContain('mkfs.ext4 "$disk"');
    expect(tasks[0]?.script).toContain('mount /data');
    expect(tasks[2]?.script).toContain('mkfs.xfs "$disk"');
  });

  it('are found by their name, their letter, or their position among NVMe disks', () => {
    expect(tasksOf(disk(1, data))[0]?.script).toContain('"$name" vdb sdb xvdb nvme1n1');
    expect(tasksOf(disk(1, data.replace('hdb', '/dev/vdc')))[0]?.script).toMatch(/name=vdc\n.*nvme2n1/);
  });

  it('may be images, or swap space without a path', () => {
    expect(tasksOf(disk(1, "image.url='one://x/2' device='hdb' fstype='swap'"))[0]?.script).toContain(
      'mkswap "$disk"',
    );
  });

  it.each([
    ['without a device', "size=1G fstype='ext4' mount_path='/data'"],
    ['without a file system', "size=1G device='hdb' mount_path='/data'"],
    ['without a path', "size=1G device='hdb' fstype='ext4'"],
    ['that are not there at all', "device='hdb' fstype='ext4' mount_path='/data'"],
    [
      'with a path that means something to a shell',
      "size=1G device='hdb' fstype='ext4' mount_path='/data;reboot'",
    ],
    ['with such a device', "size=1G device='$(reboot)' fstype='ext4' mount_path='/data'"],
    ['with such a file system', "size=1G device='hdb' fstype='ext4|sh' mount_path='/data'"],
  ])('are left alone %s', (_name, features) => {
    expect(tasksOf(disk(1, features))).toEqual([]);
  });

  it('end where a number is missing', () => {
    expect(tasksOf(disk(2, data))).toEqual([]);
  });

  it('never include the first one, which the machine runs from', () => {
    expect(
      tasksOf("disk.0.device='hda' and disk.0.fstype='ext4' and disk.0.mount_path='/' and disk.0.size=1G"),
    ).toEqual([]);
  });

  it('are handled by scripts that a shell understands', () => {
    for (const features of [data, "size=1G device='hdb' fstype='swap'"]) {
      const [task] = tasksOf(disk(1, features));
      expect(() => execFileSync('sh', ['-n'], { input: task?.script })).not.toThrow();
    }
  });
});

describe('a disk on a machine', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'im-disks-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  interface Machine {
    /** Block devices, with what blkid says of them. */
    devices?: Record<string, string>;
    /** The disks have partitions. */
    partitioned?: boolean;
    mounted?: boolean;
  }

  const ext4 = ' UUID="7-1" TYPE="ext4" PARTUUID="4-01"';

  /** What the script of a disk does on a machine: the programs that it calls to change something, and what it says. */
  function run(features: string, { devices = {}, partitioned = false, mounted = false }: Machine): string[] {
    const answers = Object.entries(devices).map(
      ([path, found]) => `${path}) ${found === '' ? 'exit 2' : `echo '${path}:${found}'`};;`,
    );
    const program = (name: string, text: string): void =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program('blkid', `case "$1" in ${answers.join(' ')} esac`);
    program('mountpoint', `exit ${mounted ? 0 : 1}`);
    program('ls', `exit ${partitioned ? 0 : 2}`);
    program('readlink', 'echo "$2"');
    // The table of file systems of this host is none of the test.
    program('grep', 'exit 0');
    for (const name of ['mkfs.ext4', 'mkswap', 'swapon', 'mount']) {
      program(name, `echo ${name} "$@" >> ${folder}/calls`);
    }
    program('mkdir', 'exit 0');
    writeFileSync(join(folder, 'calls'), '');
    const [task] = tasksOf(disk(1, features));
    const isDevice = `test() { if [ "$1" = -b ]; then case "$2" in ${Object.keys(devices)
      .map((path) => `${path}) return 0;;`)
      .join(' ')} esac; return 1; fi; [ "$@" ]; }\n`;
    const said = execFileSync('/bin/sh', ['-c', isDevice + (task?.script ?? '')], {
      env: { PATH: folder },
    }).toString();
    const calls = readFileSync(join(folder, 'calls'), 'utf8');
    return `${calls}${said}`.split('\n').filter((line) => line !== '');
  }

  const swap = "size=1G device='hdb' fstype='swap'";

  it.each<[string, string, Machine, string[]]>([
    [
      'is formatted when it is empty',
      data,
      { devices: { '/dev/vdb': '' } },
      ['mkfs.ext4 /dev/vdb', 'mount /data'],
    ],
    ['keeps its file system', data, { devices: { '/dev/sdb': ext4 } }, ['mount /data']],
    ['is left alone once it is mounted', data, { devices: { '/dev/vdb': '' }, mounted: true }, []],
    ['that is not there is no failure', data, {}, ['There is no disk hdb.']],
    [
      'with partitions is mounted by its first one',
      data,
      { devices: { '/dev/vdb': ' PTTYPE="gpt"', '/dev/vdb1': ext4 }, partitioned: true },
      ['mount /data'],
    ],
    [
      'with partitions is never formatted, whatever is known of them',
      data,
      { devices: { '/dev/nvme1n1': '', '/dev/nvme1n1p1': ' PARTUUID="4-01"' }, partitioned: true },
      ['The first partition of the disk /dev/nvme1n1 has no file system.'],
    ],
    [
      'becomes swap space when it is empty',
      swap,
      { devices: { '/dev/vdb': '' } },
      ['mkswap /dev/vdb', 'swapon /dev/vdb'],
    ],
    ['may be swap space', swap, { devices: { '/dev/vdb': ' UUID="7" TYPE="swap"' } }, ['swapon /dev/vdb']],
    [
      'with files does not become swap space',
      swap,
      { devices: { '/dev/vdb': ext4 } },
      ['The disk /dev/vdb has something else than swap space.'],
    ],
    [
      'with partitions does not become swap space',
      swap,
      { devices: { '/dev/vdb': '', '/dev/vdb1': '' }, partitioned: true },
      ['The first partition of the disk /dev/vdb is no swap space.'],
    ],
  ])('%s', (_name, features, machine, expected) => {
    expect(run(features, machine)).toEqual(expected);
  });
});
