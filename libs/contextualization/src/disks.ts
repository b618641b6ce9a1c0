import type { System } from '@im/radl';
import type { Play } from './merge-playbooks.js';

const plainPath = /^[A-Za-z0-9._/-]+$/;

/**
 * Tasks that format and mount the data disks of a system: those with a device, a file system and a mount path, or swap space
 * (spec: contextualization.md 10.2). A disk that has a file system already keeps it.
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
      tasks.push(diskTask(n, swapScript(device)));
    } else if (mountPath !== undefined && plainPath.test(mountPath)) {
      tasks.push(diskTask(n, mountScript(device, fstype, mountPath)));
    }
  }
  return tasks;
}

function diskTask(index: number, lines: readonly string[]): Play {
  return { name: `Format and mount disk ${index}`, 'ansible.builtin.shell': lines.join('\n') };
}

/** Finds the disk by its name, by its last letter, or among NVMe disks by its position in the alphabet. */
function findDevice(device: string): string[] {
  const letter = device.at(-1) ?? '';
  const position = Math.max(letter.charCodeAt(0) - 'a'.charCodeAt(0), 0);
  return [
    'set -e',
    `name=${device.replace('/dev/', '')}`,
    `for candidate in "$name" vd${letter} sd${letter} xvd${letter} nvme${position}n1; do`,
    '  if [ -b "/dev/$candidate" ]; then disk="/dev/$candidate"; break; fi',
    'done',
    '[ -n "$disk" ] || { echo "There is no disk $name."; exit 1; }',
  ];
}

function mountScript(device: string, fstype: string, mountPath: string): string[] {
  const path = mountPath.startsWith('/') ? mountPath : `/${mountPath}`;
  return [
    ...findDevice(device),
    `blkid "$disk" >/dev/null 2>&1 || mkfs.${fstype} "$disk"`,
    `mkdir -p ${path}`,
    `grep -q " ${path} " /etc/fstab || echo "$disk ${path} ${fstype} defaults,nofail 0 2" >> /etc/fstab`,
    `mountpoint -q ${path} || mount ${path}`,
  ];
}

function swapScript(device: string): string[] {
  return [
    ...findDevice(device),
    'blkid -t TYPE=swap "$disk" >/dev/null 2>&1 || mkswap "$disk"',
    'grep -q "^$disk " /etc/fstab || echo "$disk none swap sw,nofail 0 0" >> /etc/fstab',
    'swapon "$disk" 2>/dev/null || swapon --show=NAME --noheadings | grep -qx "$disk"',
  ];
}
