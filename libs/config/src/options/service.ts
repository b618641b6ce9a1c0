import { integer, text } from '../option.js';

/** How this service keeps its data and does its work. spec: configuration.md 8, design: architecture.md 2 to 4 */
export const serviceOptions = {
  DATA_DIR: text(
    '/var/lib/im',
    'Folder of what the service itself keeps: the key file, and with `npm start` the database.',
    {
      localDefault: './data',
      form: { pattern: /^.+$/su, allowed: 'a path' },
    },
  ),
  ENCRYPTION_KEY: text(
    '',
    'Key that seals credentials and machine keys at rest; blank: the one in ENCRYPTION_KEY_FILE. Older keys follow after commas.',
    {
      secrecy: 'whole',
      aliases: ['SECRET_KEY'],
      form: {
        pattern: /^(?:.{32,})?$/su,
        allowed: 'at least 32 characters (best: 32 random bytes in base64)',
      },
    },
  ),
  ENCRYPTION_KEY_FILE: text(
    '${DATA_DIR}/encryption.key',
    'File of the key; made with mode 0600 at the first start. Processes that share a database must share the key.',
  ),
  INF_CACHE_MAX: integer(1000, 'Infrastructures kept in memory; the least recently used go first.', {
    minimum: 1,
  }),
  WORKER_CONCURRENCY: integer(10, 'Infrastructures worked on at once, per process.', { minimum: 1 }),
  OPERATION_LEASE_TIME: integer(30, 'Seconds after which the work of a dead process is taken over.', {
    minimum: 2,
  }),
  RECONCILE_INTERVAL: integer(
    4,
    'Seconds between looks in the database for work that nobody was woken for.',
    {
      minimum: 1,
    },
  ),
  SYNC_WAIT_TIMEOUT: integer(
    0,
    'The same as REST_BLOCKING_CALL_TIMEOUT; of the two the shorter counts. 0: no limit.',
  ),
  IDEMPOTENCY_KEY_TIME: integer(86_400, 'Seconds an Idempotency-Key is remembered.', { minimum: 60 }),
  SHUTDOWN_TIMEOUT: integer(10, 'Seconds a stop waits for requests and steps in progress.', { minimum: 1 }),
  SSH_CONNECT_TIMEOUT: integer(30, 'Seconds to open one SSH connection.', { minimum: 1 }),
  SSH_MAX_CONNECTIONS: integer(100, 'SSH connections open at once, per process.', { minimum: 1 }),
  DRAIN_TIME: integer(
    0,
    'Seconds after SIGTERM in which the API still takes requests while /health/ready answers 503, so that a balancer can turn away.',
  ),
  REDIS_URL: text(
    'redis://localhost:6379',
    'Redis for the wake-ups and notifications of several processes: redis://, rediss:// (TLS), redis+sentinel:// or redis+cluster://.',
    { secrecy: 'url-password' },
  ),
  REDIS_PREFIX: text('im', 'Begins all names in Redis, so that several services can share one.', {
    form: { pattern: /^[\w.-]+$/u, allowed: 'letters, digits, "_", "-" and "."' },
  }),
  WORKER_ADDRESS: text(
    '0.0.0.0',
    'Address at which a worker serves /health/live, /health/ready and /metrics.',
    {
      localDefault: '127.0.0.1',
      form: { pattern: /^\S+$/u, allowed: 'an IP address or host name' },
    },
  ),
  WORKER_PORT: integer(8801, 'Port of the same; 0: none.', { maximum: 65_535 }),
} as const;
