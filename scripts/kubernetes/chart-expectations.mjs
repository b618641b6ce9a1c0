/** Parts of containers' rights that no pod of the release may lack. */
const RIGHTS = ['readOnlyRootFilesystem: true', 'allowPrivilegeEscalation: false'];

/**
 * What the rendered chart must hold beyond being valid.
 * @type {{ it: string, values?: string, set?: string[], shows?: (RegExp | string)[], lacks?: (RegExp | string)[], refused?: string }[]}
 * `values`: a file of helm/im/ci; `set`: values for --set; `refused`: part of the error that Helm must end with
 */
export const EXPECTATIONS = [
  {
    it: 'a line of im.config wins over what the chart writes itself',
    values: 'external',
    shows: ['LOG_LEVEL = WARNING', 'MAX_VM_FAILS = 5'],
    lacks: ['LOG_LEVEL = INFO'],
  },
  {
    it: 'what the operator keeps in Secrets is not in the release',
    values: 'external',
    shows: ['{key: url, path: data-db}', '{key: url, path: redis-url}', '{key: key, path: encryption-key}'],
    lacks: ['kind: StatefulSet', 'kind: ServiceAccount', /^ +encryption-key: /m, /^ +data-db: /m],
  },
  {
    it: 'the database is brought up to date before an installation only where it is there by then',
    values: 'external',
    shows: ['helm.sh/hook: pre-install,pre-upgrade'],
  },
  { it: 'and after it otherwise', values: 'defaults', shows: ['helm.sh/hook: post-install,pre-upgrade'] },
  {
    it: 'a scaled Deployment has no number of replicas that an upgrade would go back to',
    values: 'high-availability',
    shows: [
      'minReplicas: 3',
      'minReplicas: 4',
      'kind: ServiceMonitor',
      'kind: NetworkPolicy',
      'kind: PodDisruptionBudget',
    ],
    lacks: [/^kind: Deployment\n(?:(?!---).*\n)*? {2}replicas:/m],
  },
  {
    it: 'KEDA asks the workers for the depth of the queue',
    values: 'keda-ingress',
    shows: ['kind: ScaledObject', 'im-worker.im-check.svc.cluster.local:8801/metrics', 'kind: Middleware'],
  },
  {
    it: 'a route takes the prefix off, and a Vault of the release is used',
    values: 'httproute-vault',
    shows: ['replacePrefixMatch: /', 'VAULT_URL = http://im-vault:8200', 'VAULT_PATH = #USER_SUB#'],
    lacks: ['kind: Ingress\n'],
  },
  {
    it: 'a database that nobody named is refused with a sentence',
    set: ['mysql.enabled=false'],
    refused: 'externalDatabase.url or externalDatabase.existingSecret must say where the database is',
  },
  { it: 'a value that does not exist is refused', set: ['im.replica=3'], refused: 'replica' },
  { it: 'a key that is too short is refused', set: ['encryptionKey.value=short'], refused: 'encryptionKey' },
  {
    it: 'a store that does not exist is refused',
    set: ['mongodb.enabled=true'],
    refused: 'there is no MongoDB store',
  },
];

/** @returns what of an expectation does not hold of a rendering, as sentences */
export function broken(expectation, { code, output }) {
  const { it, shows = [], lacks = [], refused } = expectation;
  const holds = (part) => (typeof part === 'string' ? output.includes(part) : part.test(output));
  if (refused !== undefined) {
    return code !== 0 && holds(refused) ? [] : [`${it}: ${code === 0 ? 'it was accepted' : output}`];
  }
  if (code !== 0) {
    return [`${it}: ${output}`];
  }
  return [
    ...shows.filter((part) => !holds(part)).map((part) => `${it}: there is no ${part}`),
    ...lacks.filter(holds).map((part) => `${it}: there is ${part}`),
  ];
}

/** @returns rights that some container of a rendering lacks, and images that nobody may have meant */
export function careless(output) {
  const containers = output.match(/^ +image: /gm)?.length ?? 0;
  const missing = RIGHTS.filter((right) => output.split(right).length - 1 !== containers);
  return [
    ...missing.map((right) => `not every one of ${containers} containers has ${right}`),
    ...(/^ +image: .*:(?:latest)?$/m.test(output) ? ['an image has no version'] : []),
  ];
}
