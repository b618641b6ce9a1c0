import { execFileSync } from 'node:child_process';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
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

    expect(tasks.map(({ name }) => name)).toEqual(['Format and mount disk 1', 'Format and mount disk 2']);
    expect(tasks[0]?.script).toContain('mkfs.ext4 "$disk"');
    expect(tasks[0]?.script).toContain('mount /data');
    expect(tasks[1]?.script).toContain('mkfs.xfs "$disk"');
  });

  it('keep a file system that they have', () => {
    expect(tasksOf(disk(1, data))[0]?.script).toContain('blkid "$disk" >/dev/null 2>&1 || mkfs.ext4');
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
