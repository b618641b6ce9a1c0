import type { GivenValue } from './given-value.js';
import type { Config } from './table.js';
import { allOptions } from './table.js';

/** What the operator should know about the configuration that was read. */
export function addNotices(
  loaded: {
    readonly config: Config;
    readonly given: ReadonlyMap<string, GivenValue>;
  },
  notices: string[],
): void {
  for (const [name, option] of allOptions()) {
    const given = loaded.given.get(name);
    if (given === undefined || option.status === 'built') {
      continue;
    }
    notices.push(
      option.status === 'planned'
        ? `${name} (${given.source}) is accepted, but its feature is not built yet.`
        : `${name} (${given.source}) is accepted, but has no effect in this version.`,
    );
  }
  if (loaded.config.VM_TAG_IM_URL !== '' && loaded.config.PUBLIC_URL === '') {
    notices.push(
      'VM_TAG_IM_URL has no effect, since PUBLIC_URL is blank: set it to the URL under which clients reach the service.',
    );
  }
  const who = (name: string): string =>
    loaded.given.has(name) ? '' : ' (the default of npm start on a loopback address)';
  if (loaded.config.ALLOW_LOCAL_PROVIDERS) {
    notices.push(
      `ALLOW_LOCAL_PROVIDERS is on${who('ALLOW_LOCAL_PROVIDERS')}: users reach Docker sockets and local addresses of this host.`,
    );
  }
  if (loaded.config.ALLOW_HOST_ACCESS) {
    notices.push(
      `ALLOW_HOST_ACCESS is on${who('ALLOW_HOST_ACCESS')}: users may mount host folders and run privileged containers.`,
    );
  }
  if (loaded.config.TOSCA_ALLOW_PRIVATE_ADDRESSES) {
    notices.push(
      `TOSCA_ALLOW_PRIVATE_ADDRESSES is on${who('TOSCA_ALLOW_PRIVATE_ADDRESSES')}: documents read files from this host and its private networks.`,
    );
  }
}

/** Where the Python IM has its settings of the log (spec: configuration.md 4). */
const loggingFile = '/etc/im/logging.conf';

/** Says that the file of the Python IM is not read, when there is one: its log may be expected elsewhere. */
export function noteLoggingFile(readFile: (path: string) => string | undefined, notices: string[]): void {
  if (isThere(readFile, loggingFile)) {
    notices.push(
      `${loggingFile} is not read: set LOG_LEVEL, LOG_FILE (blank: standard output), LOG_FILE_MAX_SIZE and LOG_FORMAT instead.`,
    );
  }
}

/** A file that cannot be read is there too. */
function isThere(readFile: (path: string) => string | undefined, path: string): boolean {
  try {
    return readFile(path) !== undefined;
  } catch {
    return true;
  }
}
