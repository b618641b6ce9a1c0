import { boolean, ignored, integer, text } from '../option.js';

/** Configuring machines with Ansible. spec: configuration.md 2.4 */
export const contextualizationOptions = {
  MAX_CONTEXTUALIZATION_TIME: integer(
    7200,
    'Seconds for the whole contextualization, unless the RADL sets them.',
    {
      minimum: 1,
    },
  ),
  REMOTE_CONF_DIR: text('/var/tmp/.im', 'Folder on the master that holds the files of the infrastructure.'),
  PLAYBOOK_RETRIES: integer(1, 'Attempts of each playbook, the first included.', {
    minimum: 1,
  }),
  CHECK_CTXT_PROCESS_INTERVAL: integer(
    5,
    'Interval of the old looks at a process on the master; here its output is followed as it comes.',
    { ...ignored, minimum: 1 },
  ),
  CONFMAMAGER_CHECK_STATE_INTERVAL: integer(
    5,
    'Interval of the old configuration loop; here steps are driven by events.',
    ignored,
  ),
  UPDATE_CTXT_LOG_INTERVAL: integer(
    20,
    'Interval of the old downloads of the log; here new output is in contmsg after about two seconds.',
    { ...ignored, minimum: Number.MIN_SAFE_INTEGER },
  ),
  VM_NUM_USE_CTXT_DIST: integer(
    30,
    'More live machines than this are configured by several Ansible processes.',
  ),
  ANSIBLE_INSTALL_TIMEOUT: integer(900, 'Seconds to install Ansible on the master.', { minimum: 1 }),
  MAX_SSH_ERRORS: integer(5, 'SSH failures in a row that are borne while a process is followed.'),
  SSH_REVERSE_TUNNELS: boolean(
    true,
    'Machines without a public network open a reverse SSH tunnel to the master.',
    {
      status: 'planned',
    },
  ),
  CONTEXTUALIZATION_DIR: text('', 'Files sent to the master by old versions.', ignored),
  RECIPES_DIR: text('${CONTEXTUALIZATION_DIR}/AnsibleRecipes', 'Recipes of old versions.', ignored),
  RECIPES_DB_FILE: text(
    '${CONTEXTUALIZATION_DIR}/recipes_ansible.db',
    'Recipe database of old versions.',
    ignored,
  ),
  IM_PATH: text('', 'Package folder of old versions.', ignored),
} as const;
