import { boolean, choice, integer, text } from '../option.js';

/** What a machine is when the document does not say. spec: configuration.md 2.3 */
export const vmDefaultOptions = {
  DEFAULT_VM_MEMORY: integer(512, 'Least memory, in DEFAULT_VM_MEMORY_UNIT.', { minimum: 1 }),
  DEFAULT_VM_MEMORY_UNIT: choice(['K', 'M', 'G'], 'M', 'Unit of DEFAULT_VM_MEMORY.'),
  DEFAULT_VM_CPUS: integer(1, 'Least number of CPUs.', { minimum: 1 }),
  DEFAULT_VM_CPU_ARCH: text('x86_64', 'CPU architecture.'),
  DEFAULT_VM_NAME: text('vnode-#N#', 'Host name of the first interface; #N# is the number of the machine.'),
  DEFAULT_DOMAIN: text('localdomain', 'Domain of host names that have none.'),
  VERIFI_SSL: boolean(
    false,
    'Verify the TLS certificates of clouds (the odd name is the real one). OIDC issuers and Vault are always verified.',
    { aliases: ['VERIFY_SSL'] },
  ),
} as const;
