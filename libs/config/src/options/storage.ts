import { z } from 'zod';
import { ignored, integer, json, text } from '../option.js';

const adminUser = z.looseObject({
  username: z.string().min(1),
  password: z.string(),
  token: z.string().optional(),
});

/** One account with every right. spec: configuration.md 2.1 */
export type AdminUser = z.infer<typeof adminUser>;

const adminUsers: z.ZodType<readonly AdminUser[]> = z.preprocess(asList, z.array(adminUser));

/** One account may stand without brackets; `{}` is none. */
function asList(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value as unknown[];
  }
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return empty ? [] : [value];
}

/** Storage, users and limits. spec: configuration.md 2.1 */
export const storageOptions = {
  DATA_FILE: text('/etc/im/inf.dat', 'Data file of very old versions.', ignored),
  DATA_DB: text('sqlite:///etc/im/inf.dat', 'Database: the URL of a MySQL or MariaDB, or a SQLite file.', {
    localDefault: '${DATA_DIR}/im.sqlite',
    secrecy: 'url-password',
    form: {
      pattern: /^(?:(?:mysql|sqlite|file):\/\/.+|(?!\w+:\/\/).+)$/su,
      allowed:
        'mysql://user:password@host[:port]/database, sqlite:///path, file:///path, or the path of a SQLite file',
    },
  }),
  USER_DB: text(
    '',
    'JSON file with the users who may enter, passwords plain or hashed; blank: everybody may. Read at every request.',
  ),
  ADMIN_USER: json<readonly AdminUser[]>(
    [],
    'Users with every right, as one JSON object or an array of them.',
    {
      schema: adminUsers,
      allowed: 'a JSON object {"username": ..., "password": ...} or an array of them',
      secrecy: 'whole',
    },
  ),
  MAX_SIMULTANEOUS_LAUNCHES: integer(
    1,
    'Machines of one infrastructure that are launched or removed at once.',
    {
      localDefault: 5,
      minimum: 1,
    },
  ),
  MAX_VM_FAILS: integer(3, 'Attempts to launch a machine, the first included.', { minimum: 1 }),
  DELAY_BETWEEN_VM_RETRIES: integer(
    5,
    'Seconds between those attempts on average: each pause is half to one and a half times as long.',
  ),
  VM_INFO_UPDATE_FREQUENCY: integer(
    10,
    'Seconds for which what a provider said of a machine is not asked again.',
  ),
  VM_INFO_UPDATE_ERROR_GRACE_PERIOD: integer(
    120,
    'Seconds since the last good answer after which a machine whose provider fails is "unknown".',
  ),
  WAIT_RUNNING_VM_TIMEOUT: integer(1800, 'Seconds for the machines to run and to get an address.'),
  WAIT_SSH_ACCCESS_TIMEOUT: integer(
    300,
    'Seconds for SSH to open on a machine that runs (the odd name is the real one).',
    {
      aliases: ['WAIT_SSH_ACCESS_TIMEOUT'],
    },
  ),
  WAIT_PUBLIC_IP_TIMEOUT: integer(
    90,
    'Seconds for all public addresses that were asked for, once the machines run.',
  ),
  BOOT_MODE: integer(0, '0: normal. 1: read only. 2: reading and deleting.', { maximum: 2 }),
  INF_CACHE_TIME: integer(
    0,
    'Seconds an infrastructure may stay in memory since its last use, 0: no limit. With HAProxy, at most the `expire` of its table.',
  ),
} as const;
