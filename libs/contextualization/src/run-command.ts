/**
 * Shell text of one attempt: keys of the master, roles and collections when they changed, then the playbook.
 * @param force install roles and collections again
 */
export function runCommand(folder: string, playbook: string, withGalaxy: boolean, force: boolean): string {
  const lines = [
    'PATH=$PATH:/usr/local/bin:/opt/im-ansible/bin:$HOME/.local/bin',
    `cd ${folder} && umask 077`,
    'export LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1',
    `export ANSIBLE_CONFIG=${folder}/ansible.cfg ANSIBLE_LOCAL_TEMP=${folder}/tmp ANSIBLE_NOCOLOR=1`,
    `[ -f ${folder}/ansible_key ] || ssh-keygen -t rsa -b 2048 -C im -q -N "" -f ${folder}/ansible_key`,
  ];
  if (withGalaxy) {
    const marker = `${folder}/.galaxy`;
    const again = force ? `rm -f ${marker}` : ':';
    const install = (kind: string, target: string): string =>
      `ansible-galaxy ${kind} install -r ${folder}/requirements.yml -p ${folder}/${target}${force ? ' --force' : ''}`;
    lines.push(
      again,
      `cmp -s ${folder}/requirements.yml ${marker} || { ${install('role', 'roles')} && ${install('collection', 'collections')} && cp ${folder}/requirements.yml ${marker}; } || exit 1`,
    );
  }
  lines.push(`exec ansible-playbook ${folder}/${playbook}`);
  return lines.join('\n');
}
