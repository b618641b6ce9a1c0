/** Options of the manual that concern Ansible on the control node, with their units (spec: contextualization.md 2). */
export interface ContextualizationOptions {
  /** REMOTE_CONF_DIR */
  remoteFolder: string;
  /** PLAYBOOK_RETRIES: attempts of each playbook, the first included. */
  playbookRetries: number;
  /** WAIT_RUNNING_VM_TIMEOUT: until the master runs, and after that until the other VMs do. */
  waitRunningMs: number;
  /** WAIT_SSH_ACCCESS_TIMEOUT: until one can log in. */
  waitSshMs: number;
  /** WAIT_PUBLIC_IP_TIMEOUT: until every VM that runs has the public addresses it asked for. */
  waitPublicIpMs: number;
  /** ANSIBLE_INSTALL_TIMEOUT */
  installTimeoutMs: number;
  /** VM_NUM_USE_CTXT_DIST: the preparation of more VMs than this is shared by several processes. */
  vmsPerProcess: number;
  /** MAX_SSH_ERRORS: failed calls in a row that are borne, at least for `lostContactMs`. */
  maxSshErrors: number;
  /** DEFAULT_DOMAIN: domain of host names that have none. */
  defaultDomain: string;
}

/** How long a control node may be silent while its run is followed (spec: contextualization.md P). */
export const lostContactMs = 600_000;
