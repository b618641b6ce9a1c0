import { specificationPath } from './master-files.js';

/** What the shell text of a run is made of. */
export interface RunCommandInput {
  folder: string;
  runFolder: string;
  /** Folder with the programs of Ansible; undefined: those of the system. */
  ansible: string | undefined;
  /** There is a requirements.yml with roles or collections. */
  withGalaxy: boolean;
  /** Roles and collections are installed again. */
  reinstall: boolean;
}

/**
 * Shell text of one attempt: the key of the control node, roles and collections when they changed, then the playbooks. Its secrets end
 * with it, and so do those that an earlier attempt could not delete, since its machine went down for instance.
 */
export function runCommand({ folder, runFolder, ansible, withGalaxy, reinstall }: RunCommandInput): string {
  const supervisor = `${folder}/im_supervisor.py ${specificationPath(runFolder)}`;
  return [
    `PATH=${ansible === undefined ? '' : `${ansible}:`}$PATH:/usr/local/bin:$HOME/.local/bin`,
    `cd ${runFolder} && umask 077`,
    'export PATH LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 ANSIBLE_NOCOLOR=1',
    // Recipes in the field were written before conditions had to be boolean.
    'export ANSIBLE_ALLOW_BROKEN_CONDITIONALS=true',
    `export ANSIBLE_CONFIG=${folder}/ansible.cfg ANSIBLE_LOCAL_TEMP=${folder}/tmp`,
    `trap 'python3 ${supervisor} clean' EXIT; trap 'exit 143' TERM`,
    `for keys in ${folder}/runs/*/keys; do [ "$keys" = ${runFolder}/keys ] || rm -rf "$keys"; done`,
    `[ -f ${folder}/ansible_key ] || ssh-keygen -t rsa -b 2048 -C im -q -N "" -f ${folder}/ansible_key`,
    ...(withGalaxy ? galaxyCommands(folder, reinstall) : []),
    // Facts are nobody else's; what recipes write on this machine is as readable as what they write on the others.
    `mkdir -p ${folder}/facts ${folder}/tmp && umask 022`,
    `exec python3 ${supervisor}`,
  ].join('\n');
}

/** Registries fail now and then: five tries. */
function galaxyCommands(folder: string, reinstall: boolean): string[] {
  const marker = `${folder}/.galaxy`;
  const install = (kind: 'role' | 'collection', target: string): string =>
    `ansible-galaxy ${kind} install -r ${folder}/requirements.yml -p ${folder}/${target}${reinstall ? ' --force' : ''}`;
  return [
    ...(reinstall ? [`rm -f ${marker}`] : []),
    `galaxy() { ${install('role', 'roles')} && ${install('collection', 'collections')}; }`,
    `if ! cmp -s ${folder}/requirements.yml ${marker}; then`,
    '  n=1; until galaxy; do [ $n -ge 5 ] && exit 1; n=$((n+1)); sleep 5; done',
    `  cp ${folder}/requirements.yml ${marker}`,
    'fi',
  ];
}
