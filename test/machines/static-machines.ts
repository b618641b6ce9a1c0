import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../servers/until.js';
import { imageArchive } from './image.js';
import { run } from './run.js';

const startLimitMs = 30_000;

/** A machine with sshd, python3 and Ansible on networks of its own; it has no Docker and no cloud. */
export interface StaticMachine {
  /** Address in the network that this host is in too; absent: none. */
  address: string;
  /** Address in the network that only machines are in; empty: none. */
  innerAddress: string;
  /** Text of a file as the machine has it now; undefined when it did not write any. */
  file(path: string): string | undefined;
}

export interface StaticMachineWish {
  /** The host of the tests reaches it. */
  outer: boolean;
  /** It is in the network that only machines are in. */
  inner: boolean;
  /** Commands of the first start, as root. */
  setup: string;
}

export interface StaticMachines {
  machines: StaticMachine[];
  stop(): Promise<void>;
}

/** Whether this host can have such machines: root on a Linux with namespaces, and what the image is made with. */
export function canHaveStaticMachines(): boolean {
  return (
    process.getuid?.() === 0 &&
    ['/usr/sbin/debootstrap', '/usr/bin/unshare'].every((path) => existsSync(path)) &&
    ['/usr/sbin/ip', '/sbin/ip'].some((path) => existsSync(path))
  );
}

/** Starts machines as processes in namespaces of their own, on the file system of the test image with a layer of its own each. */
export async function startStaticMachines(wishes: readonly StaticMachineWish[]): Promise<StaticMachines> {
  const folder = await mkdtemp(join(tmpdir(), 'im-static-'));
  const site = new Site(folder, process.pid % 200);
  try {
    await site.prepare();
    const machines: StaticMachine[] = [];
    for (const [index, wish] of wishes.entries()) {
      machines.push(await site.start(index + 2, wish));
    }
    return { machines, stop: () => site.stop() };
  } catch (error) {
    await site.stop();
    throw error;
  }
}

/** Two networks and the machines in them. */
class Site {
  private readonly children: ChildProcess[] = [];
  private readonly namespaces: string[] = [];
  private readonly outer: string;
  private readonly inner: string;

  constructor(
    private readonly folder: string,
    private readonly number: number,
  ) {
    this.outer = `imso${number}`;
    this.inner = `imsi${number}`;
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.folder, 'image'));
    await run('tar', ['-xf', await imageArchive(), '-C', join(this.folder, 'image')]);
    for (const bridge of [this.outer, this.inner]) {
      await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
      await run('ip', ['link', 'set', bridge, 'up']);
    }
    await run('ip', ['addr', 'add', `10.211.${this.number}.1/24`, 'dev', this.outer]);
  }

  async start(host: number, wish: StaticMachineWish): Promise<StaticMachine> {
    const name = `ims${this.number}-${host}`;
    await run('ip', ['netns', 'add', name]);
    this.namespaces.push(name);
    await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    const address = wish.outer ? `10.211.${this.number}.${host}` : '';
    const innerAddress = wish.inner ? `10.210.${this.number}.${host}` : '';
    if (wish.outer) {
      await this.plug(name, `${name}o`, this.outer, address);
    }
    if (wish.inner) {
      await this.plug(name, `${name}i`, this.inner, innerAddress);
    }
    const place = join(this.folder, name);
    await mkdir(join(place, 'changes'), { recursive: true });
    await mkdir(join(place, 'work'));
    await mkdir(join(place, 'root'));
    await writeFile(join(place, 'start'), startScript(join(this.folder, 'image'), place, wish.setup));
    const child = spawn(
      'ip',
      [
        'netns',
        'exec',
        name,
        'unshare',
        '--mount',
        '--uts',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        join(place, 'start'),
      ],
      { stdio: 'ignore' },
    );
    this.children.push(child);
    await until(
      () => Promise.resolve(existsSync(join(place, 'changes', 'run', 'sshd.pid'))),
      (started) => started || child.exitCode !== null,
      startLimitMs,
    );
    if (wish.outer) {
      await until(() => answers(address), Boolean, startLimitMs);
    }
    return {
      address,
      innerAddress,
      file: (path) => {
        const found = join(place, 'changes', path);
        return existsSync(found) ? readFileSync(found, 'utf8') : undefined;
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode === null && child.signalCode === null) {
          const ended = once(child, 'exit');
          child.kill('SIGKILL');
          await ended;
        }
      }),
    );
    for (const name of this.namespaces) {
      await run('ip', ['netns', 'del', name]);
    }
    for (const bridge of [this.outer, this.inner]) {
      await run('ip', ['link', 'del', bridge]).catch(() => '');
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async plug(namespace: string, card: string, bridge: string, address: string): Promise<void> {
    await run('ip', ['link', 'add', card, 'type', 'veth', 'peer', 'name', 'card', 'netns', namespace]);
    await run('ip', ['link', 'set', card, 'master', bridge, 'up']);
    await run('ip', ['-n', namespace, 'link', 'set', 'card', 'name', `net-${bridge}`]);
    await run('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', `net-${bridge}`]);
    await run('ip', ['-n', namespace, 'link', 'set', `net-${bridge}`, 'up']);
  }
}

/** First process of a machine: its own root with its own processes, then sshd. */
function startScript(image: string, place: string, setup: string): string {
  return `set -e
mount -t overlay overlay -o lowerdir=${image},upperdir=${place}/changes,workdir=${place}/work ${place}/root
cd ${place}/root
mount -t proc proc proc
mount --rbind /dev dev
mkdir -p run/sshd
chmod 755 run/sshd
cat > root/setup <<'SETUP'
set -e
ssh-keygen -A
sed -i 's/^\\(session *\\)required\\( *pam_loginuid\\.so\\)/\\1optional\\2/' /etc/pam.d/sshd
${setup}
SETUP
chroot . /bin/sh /root/setup
rm -f root/setup
exec chroot . /usr/sbin/sshd -D -e
`;
}

async function answers(host: string): Promise<boolean> {
  const socket = connect({ host, port: 22 });
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
