import type { System } from '@im/radl';
import type { Play } from './merge-playbooks.js';

const plainPath = /^[A-Za-z0-9._/-]+$/;

/**
 * Tasks that format and mount the data disks of a system: those with a device, a file system and a mount path, or swap space
 * (spec: contextualization.md 10.2). What a disk has already stays: its file system, or its partitions, of which the first one is
 * mounted. A disk that is not there, or cannot be used, ends with a message.
 */
export function diskTasks({ features }: System): Play[] {
  const tasks: Play[] = [];
  for (let n = 1; features.has(`disk.${n}.size`) || features.has(`disk.${n}.image.url`); n++) {
    const device = features.getText(`disk.${n}.device`);
    const fstype = features.getText(`disk.${n}.fstype`);
    const mountPath = features.getText(`disk.${n}.mount_path`);
    if (device === undefined || fstype === undefined || !plainPath.test(device) || !plainPath.test(fstype)) {
      continue;
    }
    if (fstype === 'swap') {
      tasks.push(...tasksFor(n, swapScript(device)));
    } else if (mountPath !== undefined && plainPath.test(mountPath)) {
      tasks.push(...tasksFor(n, mountScript(device, fstype, mountPath)));
    }
  }
  return tasks;
}

/** A script prints nothing but why it leaves the disk as it is. */
function tasksFor(index: number, lines: readonly string[]): Play[] {
  const result = `im_disk_${index}`;
  return [
    {
      name: `Format and mount disk ${index}`,
      'ansible.builtin.shell': lines.join('\n'),
      register: result,
      changed_when: `${result}.stdout == ''`,
    },
    {
      name: `Disk ${index} is left as it is`,
      'ansible.builtin.debug': { msg: `{{ ${result}.stdout }}` },
      when: `${result}.stdout != ''`,
    },
  ];
}

/**
 * Finds the disk by its name, by its last letter, or among NVMe disks by its position in the alphabet, and makes `target` the disk or
 * its first partition, with `found` as what is on it.
 */
function findTarget(device: string): string[] {
  const letter = device.at(-1) ?? '';
  const position = Math.max(letter.charCodeAt(0) - 'a'.charCodeAt(0), 0);
  return [
    `name=${device.replace('/dev/', '')}`,
    `for candidate in "$name" vd${letter} sd${letter} xvd${letter} nvme${position}n1; do`,
    '  if test -b "/dev/$candidate"; then disk="/dev/$candidate"; break; fi',
    'done',
    'test -n "$disk" || { echo "There is no disk $name."; exit 0; }',
    'real=$(readlink -f "$disk")',
    'target="$disk"',
    'if ls -d "/sys/class/block/${real##*/}"/*/partition >/dev/null 2>&1; then',
    '  case "$real" in *[0-9]) target="${real}p1";; *) target="${real}1";; esac',
    'fi',
    'found=$(blkid "$target" 2>/dev/null || true)',
  ];
}

function mountScript(device: string, fstype: string, mountPath: string): string[] {
  const path = mountPath.startsWith('/') ? mountPath : `/${mountPath}`;
  return [
    'set -e',
    `if mountpoint -q ${path}; then exit 0; fi`,
    ...findTarget(device),
    'type=auto',
    'if test "$target" != "$disk"; then',
    '  case "$found" in *" TYPE="*) ;; *) echo "The first partition of the disk $disk has no file system."; exit 0;; esac',
    'elif test -z "$found"; then',
    `  mkfs.${fstype} "$disk" >&2`,
    `  type=${fstype}`,
    'fi',
    `mkdir -p ${path}`,
    `grep -q " ${path} " /etc/fstab || echo "$target ${path} $type defaults,nofail 0 2" >> /etc/fstab`,
    `mount ${path} >&2`,
  ];
}

function swapScript(device: string): string[] {
  return [
    'set -e',
    ...findTarget(device),
    'case "$found" in',
    '  *\' TYPE="swap"\'*) ;;',
    '  "") test "$target" = "$disk" || { echo "The first partition of the disk $disk is no swap space."; exit 0; }',
    '    mkswap "$disk" >&2;;',
    '  *) echo "The disk $disk has something else than swap space."; exit 0;;',
    'esac',
    'grep -q "^$target " /etc/fstab || echo "$target none swap sw,nofail 0 0" >> /etc/fstab',
    'swapon "$target" 2>/dev/null || swapon --show=NAME --noheadings | grep -qx "$target"',
  ];
}
