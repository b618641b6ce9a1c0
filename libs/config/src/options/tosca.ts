import { boolean, integer, list } from '../option.js';

const host = {
  pattern: /^(?:\*\.)?[a-z\d](?:[a-z\d.-]*[a-z\d])?$/iu,
  allowed: 'host names such as raw.githubusercontent.com or *.example.org',
} as const;

/** Files that TOSCA documents name: imports, templates, implementations and contents. spec: tosca.md 4 and 6.3 */
export const toscaOptions = {
  TOSCA_IMPORT_HOSTS: list(
    [],
    'Hosts that documents may fetch files from, redirects included; *.example.org is every host below example.org. Blank: every public host.',
    { form: host },
  ),
  TOSCA_ALLOW_HTTP: boolean(false, 'Documents may name files by http:// URLs; else only by https://.'),
  TOSCA_ALLOW_PRIVATE_ADDRESSES: boolean(
    false,
    'Documents may fetch files from loopback, private networks and this host. Link-local and metadata addresses stay refused.',
    { localDefault: true },
  ),
  TOSCA_IMPORT_TIMEOUT: integer(20, 'Seconds to fetch one file, with redirects and a second attempt.', {
    minimum: 1,
    maximum: 600,
  }),
  TOSCA_IMPORT_MAX_SIZE: integer(5_242_880, 'Largest file in bytes that documents may fetch.', {
    minimum: 1024,
    maximum: 67_108_864,
  }),
  TOSCA_CACHE_TIME: integer(
    3600,
    'Seconds a fetched file is used without asking its server again, when the server does not say how long.',
  ),
} as const;
