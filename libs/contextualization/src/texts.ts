/** Texts that users and their tools read (spec: contextualization.md 14). */
export const texts = {
  disabled: 'Contextualization disabled by the RADL/TOSCA template.\n\n',
  optedOut: 'Contextualization disabled',
  selectMaster: 'Select master VM',
  waitBoot: 'Wait master VM to boot',
  waitSsh: 'Wait master VM to have the SSH active.',
  configureMaster: (version: string | undefined) =>
    `Configure Ansible ${version === undefined ? '' : `(v. ${version}) `}in the master VM.`,
  masterConfigured: 'Ansible successfully configured in the master VM.',
  copyFiles: 'Copying YAML, hosts and inventory files.',
  noMaster: 'Contextualization Error: No correct Master VM found. Check if there a linux VM with Public IP.',
  bootFailed: 'Contextualization Error: Error Waiting the Master VM to boot',
  sshFailed: (reason: string) =>
    `Contextualization Error: Error Waiting the Master VM to have the SSH active: ${reason}`,
  sshTimeout: 'Timeout waiting SSH access.',
  wrongCredentials: (host: string) => `Error connecting with ip: ${host} incorrect credentials.`,
  vmFailure: 'VM Failure.',
  installFailed: (reason: string) => `Error in the ansible installation process: ${reason}`,
  noAddress: (id: string) =>
    `WARNING: The VM ID: ${id} does not have an IP, do not include in the contextualization agent.`,
  notRunning: (id: string) =>
    `WARNING: The VM ID: ${id} is not running, do not include in the contextualization agent.`,
  unreachable: (id: number) =>
    `WARNING: The VM ${id} cannot be reached over SSH: it is left out of the contextualization.`,
  missingAddresses: 'Error waiting all the VMs to have all the requested IPs',
  contactLost:
    'Too much errors getting the status of ctxt process. Check some network connection problems or if user credentials has been changed.',
  galaxy: (kind: 'role' | 'collection', name: string) =>
    `Galaxy ${kind} ${name} detected setting to install.`,
  application: (name: string) => `App: ${name} set to be installed.`,
  filesFailed: (reason: string) => `Error generating playbooks: ${reason}`,
  timeIsUp: 'ERROR: Max contextualization time passed.',
} as const;
