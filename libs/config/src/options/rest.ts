import { boolean, ignored, integer, list, text } from '../option.js';

const address = {
  pattern: /^(?:[\da-f:.]+)(?:\/\d{1,3})?$/iu,
  allowed: 'IP addresses or networks, for instance 10.0.0.1 or 10.0.0.0/8',
} as const;

/** The REST API. spec: configuration.md 2.6 and 8 */
export const restOptions = {
  ACTIVATE_REST: boolean(true, 'The REST API is always on.', ignored),
  REST_PORT: integer(8800, 'Port; 0 takes a free one.', { maximum: 65_535 }),
  REST_ADDRESS: text('0.0.0.0', 'Address the server listens on.', {
    localDefault: '127.0.0.1',
    form: { pattern: /^\S+$/u, allowed: 'an IP address or host name' },
  }),
  REST_SSL: boolean(false, 'Serve HTTPS.'),
  REST_SSL_KEYFILE: text('/etc/im/pki/server-key.pem', 'Private key for HTTPS.'),
  REST_SSL_CERTFILE: text('/etc/im/pki/server-cert.pem', 'Certificate for HTTPS.'),
  REST_SSL_CA_CERTS: text('/etc/im/pki/ca-chain.pem', 'CA chain for HTTPS.'),
  REST_ROOT_PATH: text(
    '/',
    'Path prefix under which a reverse proxy shows the service; part of the URIs in answers.',
    {
      form: { pattern: /^\/\S*$/u, allowed: 'a path that begins with /' },
    },
  ),
  REST_MAX_BLOCKING_CALLS: integer(
    32,
    'Limit of threads in old versions; here a request that waits holds none.',
    {
      ...ignored,
      minimum: 1,
    },
  ),
  REST_BLOCKING_CALL_TIMEOUT: integer(
    0,
    'Seconds after which a request that still waits for its operation is answered 504; 0: never.',
  ),
  REST_MAX_BODY_SIZE: integer(20_971_520, 'Largest request body in bytes.', { minimum: 1024 }),
  REST_REQUEST_TIMEOUT: integer(120, 'Seconds a client has to send a whole request.', { minimum: 1 }),
  MAX_HEADER_SIZE: integer(
    131_072,
    'Largest request header in bytes; credentials travel there, so not below 128 KiB.',
    {
      minimum: 131_072,
    },
  ),
  ENABLE_CORS: boolean(false, 'Answer with CORS headers.'),
  CORS_ORIGIN: text('*', 'The origin that CORS allows.'),
  STATIC_FILES_DIR: text('', 'Folder served at /static/ without authentication; blank: none.'),
  PUBLIC_URL: text('', 'Base URL of the service as clients see it; blank: taken from each request.', {
    form: { pattern: /^(?:https?:\/\/\S+)?$/u, allowed: 'an http:// or https:// URL, or blank' },
  }),
  TRUSTED_PROXIES: list([], 'Addresses or networks whose X-Forwarded-* headers are believed.', {
    form: address,
  }),
  LOGIN_FAILURE_LIMIT: integer(
    100,
    'Failed log-ins of one client address after which it is answered 429; 0: no limit.',
  ),
  LOGIN_FAILURE_WINDOW: integer(60, 'Seconds over which failed log-ins are counted.', { minimum: 1 }),
} as const;
