import type { SshConnection } from '@im/ssh';

/** What one look at the master tells. */
export interface MasterFacts {
  /** Version of ansible-core, null when there is none that fits. */
  ansible: string | null;
  isRoot: boolean;
  /** sudo without a password. */
  sudo: boolean;
}

const probeTimeoutMs = 20_000;

/** Oldest ansible-core whose callbacks and modules this service uses. */
const oldestAnsible = [2, 11] as const;

/** One command that finds out all that matters about the master. @throws SshError */
export async function probeMaster(connection: SshConnection): Promise<MasterFacts> {
  const script = [
    'PATH=$PATH:/usr/local/bin:/opt/im-ansible/bin:$HOME/.local/bin',
    'echo "uid $(id -u)"',
    'sudo -n true 2>/dev/null && echo "sudo yes"',
    // The version is looked up without starting Ansible, which takes half a second.
    'ansible=$(command -v ansible-playbook) && echo "path $ansible"',
    "python3 - 2>/dev/null <<'EOF'",
    'import importlib.metadata as m',
    'try: print("version", m.version("ansible-core"))',
    'except Exception: pass',
    'EOF',
    '[ -n "$ansible" ] && [ -d /opt/im-ansible ] && /opt/im-ansible/bin/ansible --version | head -1 | sed "s/.*core \\([0-9.]*\\).*/version \\1/"',
    'exit 0',
  ].join('\n');
  const { stdout } = await connection.exec('sh', { input: script, timeoutMs: probeTimeoutMs });
  const found = new Map(
    stdout
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim().split(' ') as [string, string]),
  );
  const version = found.get('version');
  const fits = found.has('path') && version !== undefined && isNewEnough(version);
  return { ansible: fits ? version : null, isRoot: found.get('uid') === '0', sudo: found.has('sudo') };
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestAnsible[0] || (major === oldestAnsible[0] && minor >= oldestAnsible[1]);
}

/** Installs Ansible from the packages of the system, else from PyPI into a folder of its own (spec: contextualization.md K). */
export function installScript(facts: MasterFacts): string {
  const root = facts.isRoot ? '' : 'sudo -n ';
  return [
    'export DEBIAN_FRONTEND=noninteractive',
    `if command -v apt-get >/dev/null 2>&1; then ${root}apt-get -o DPkg::Lock::Timeout=300 update -q; ${root}apt-get -o DPkg::Lock::Timeout=300 install -y -q ansible sshpass python3-venv || ${root}apt-get install -y -q python3-venv;`,
    `elif command -v dnf >/dev/null 2>&1; then ${root}dnf install -y ansible-core sshpass || ${root}dnf install -y python3-pip;`,
    `elif command -v yum >/dev/null 2>&1; then ${root}yum install -y ansible sshpass || ${root}yum install -y python3-pip;`,
    `elif command -v zypper >/dev/null 2>&1; then ${root}zypper -n install ansible sshpass;`,
    `elif command -v apk >/dev/null 2>&1; then ${root}apk add --no-cache ansible sshpass; fi`,
    'command -v ansible-playbook >/dev/null 2>&1 && exit 0',
    `${root}python3 -m venv /opt/im-ansible && ${root}/opt/im-ansible/bin/pip install -q ansible-core jmespath`,
    'test -x /opt/im-ansible/bin/ansible-playbook',
  ].join('\n');
}
