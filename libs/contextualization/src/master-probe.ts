import type { Radl } from '@im/radl';
import type { SshConnection } from '@im/ssh';

/** An installation of Ansible on a control node. */
export interface AnsibleInstallation {
  /** Folder with its programs; null: they are in the path. */
  folder: string | null;
  /** Version of ansible-core; `-` when it is older than that package. */
  core: string;
  /** Version of the community package, when that was installed. */
  community?: string;
}

/** What one look at the control node tells. */
export interface MasterFacts {
  installations: AnsibleInstallation[];
  isRoot: boolean;
  /** sudo without a password. */
  sudo: boolean;
  home: string;
}

const probeTimeoutMs = 20_000;

/** Oldest ansible-core whose callbacks and modules this service uses. */
const oldestAnsible = [2, 11] as const;

/** Versions come from users and become part of commands. */
const plainVersion = /^[0-9][0-9A-Za-z.]{0,30}$/;

/** The version that the document asks for (spec: radl.md, `option ansible_version`); undefined: any that fits. */
export function wantedAnsible(radl: Radl): string | undefined {
  const wanted = radl.contextualize?.options.getText('ansible_version');
  return wanted !== undefined && plainVersion.test(wanted) ? wanted : undefined;
}

/**
 * One command that finds out all that matters about the control node, and makes the folder of the infrastructure there.
 * @throws SshError
 */
export async function probeMaster(connection: SshConnection, folder: string): Promise<MasterFacts> {
  const input = `${folderScript(folder)}\n${probeScript}`;
  const { stdout } = await connection.exec('sh', { input, timeoutMs: probeTimeoutMs });
  const lines = stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim().split(' '));
  const value = (name: string): string | undefined => lines.find(([first]) => first === name)?.[1];
  return {
    installations: lines.flatMap(([first, folder, core, community]) =>
      first === 'ansible' && folder !== undefined && core !== undefined
        ? [
            {
              folder: folder === '-' ? null : folder,
              core,
              ...(community === undefined || community === '-' ? {} : { community }),
            },
          ]
        : [],
    ),
    isRoot: value('uid') === '0',
    sudo: value('sudo') === 'yes',
    home: value('home') ?? '/root',
  };
}

/** Infrastructures with other users on the same host have folders beside this one (spec: contextualization.md 7.2). */
function folderScript(folder: string): string {
  return [
    `folder='${folder.replaceAll("'", "'\\''")}'`,
    '[ -d "${folder%/*}" ] || mkdir -p -m 1777 "${folder%/*}"',
    'mkdir -p -m 700 "$folder"',
  ].join('\n');
}

/** Versions are read from the packages, since starting Ansible takes half a second. */
const probeScript = `
PATH=$PATH:/usr/local/bin:$HOME/.local/bin
echo "uid $(id -u)"
echo "home $HOME"
sudo -n true 2>/dev/null && echo "sudo yes"
versions() { "$1" - "$2" <<'EOF'
import sys
import importlib.metadata as packages
def version(name):
    try:
        return packages.version(name)
    except packages.PackageNotFoundError:
        return "-"
print("ansible", sys.argv[1], version("ansible-core"), version("ansible"))
EOF
}
for folder in /opt/im-ansible* "$HOME"/.im-ansible*; do
  [ -x "$folder/bin/ansible-playbook" ] && [ -f "$folder/READY" ] && versions "$folder/bin/python3" "$folder/bin" 2>/dev/null
done
if found=$(command -v ansible-playbook); then
  interpreter=$(sed -n '1s/^#! *\\([^ ]*python[^ ]*\\).*/\\1/p' "$found")
  versions "\${interpreter:-python3}" - 2>/dev/null
fi
exit 0
`;

/** The installation to use: of the wanted version, else any that is new enough; undefined when there is none. */
export function fittingAnsible(
  facts: MasterFacts,
  wanted: string | undefined,
): AnsibleInstallation | undefined {
  const { installations } = facts;
  return wanted === undefined
    ? (installations.find(({ folder, core }) => folder === null && isNewEnough(core)) ??
        installations.find(
          ({ folder, core }) => folder?.endsWith('im-ansible/bin') === true && isNewEnough(core),
        ))
    : installations.find(
        ({ core, community }) => isSameVersion(core, wanted) || isSameVersion(community, wanted),
      );
}

/** 2.16 and 2.16.0 are one version. */
function isSameVersion(installed: string | undefined, wanted: string): boolean {
  const short = (version: string): string => version.replace(/(\.0)+$/, '');
  return installed !== undefined && short(installed) === short(wanted);
}

/** False for `-`: before 2.11 there was no package of this name. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldestAnsible[0] || (major === oldestAnsible[0] && minor >= oldestAnsible[1]);
}

/**
 * Installs Ansible: from the packages of the system when any version will do, else from PyPI into a folder of its own
 * (spec: contextualization.md K, L).
 * @returns text for `sh`; what it has installed is found by another look
 */
export function installScript(facts: MasterFacts, wanted: string | undefined): string {
  const own = facts.isRoot || facts.sudo ? '/opt/im-ansible' : `${facts.home}/.im-ansible`;
  const target = wanted === undefined ? own : `${own}-${wanted}`;
  const root = facts.isRoot ? '' : 'sudo -n ';
  const packages = wanted === undefined ? 'ansible' : '';
  const fromPyPi = [
    `[ -f ${target}/READY ] && exit 0`,
    `${ownerOf(facts)}rm -rf ${target}`,
    `${ownerOf(facts)}python3 -m venv ${target} && ${ownerOf(facts)}${target}/bin/pip install -q ${requirement(wanted)} jmespath || exit 1`,
    `${ownerOf(facts)}touch ${target}/READY`,
  ];
  return [
    'export DEBIAN_FRONTEND=noninteractive',
    'apt="-o DPkg::Lock::Timeout=300"',
    'if command -v apt-get >/dev/null 2>&1; then',
    `  ${root}apt-get $apt update -q; ${root}apt-get $apt install -y -q ${packages} python3-venv sshpass openssh-client || ${root}apt-get $apt install -y -q python3-venv`,
    `elif command -v dnf >/dev/null 2>&1; then ${root}dnf install -y ${wanted === undefined ? 'ansible-core' : ''} python3-pip sshpass || ${root}dnf install -y python3-pip`,
    `elif command -v yum >/dev/null 2>&1; then ${root}yum install -y ${packages} python3-pip sshpass || ${root}yum install -y python3-pip`,
    `elif command -v zypper >/dev/null 2>&1; then ${root}zypper -n install ${packages} python3-pip sshpass`,
    `elif command -v apk >/dev/null 2>&1; then ${root}apk add --no-cache ${packages} python3 sshpass; fi`,
    ...(wanted === undefined ? ['command -v ansible-playbook >/dev/null 2>&1 && exit 0'] : []),
    ...fromPyPi,
  ].join('\n');
}

/** Programs in the folder of the service belong to root. */
function ownerOf(facts: MasterFacts): string {
  return !facts.isRoot && facts.sudo ? 'sudo -n ' : '';
}

/** 2.11 and later are versions of ansible-core, 3 and later those of the community package (spec: contextualization.md L). */
function requirement(wanted: string | undefined): string {
  if (wanted === undefined) {
    return 'ansible-core';
  }
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  return major === 2 && minor >= 11 ? `ansible-core==${wanted}` : `ansible==${wanted}`;
}
