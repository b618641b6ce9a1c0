/** What a person who started the service wants to know. */
export interface BannerFacts {
  version: string;
  url: string;
  /** Folder or database that holds the data. */
  data: string;
  seconds: number;
}

/** Lines for the terminal: where the service listens, where its data lie, and a first request that needs no cloud. */
export function banner({ version, url, data, seconds }: BannerFacts): string {
  return [
    '',
    `  Infrastructure Manager ${version} is ready (${seconds.toFixed(1)} s)`,
    '',
    `  listens on   ${url}`,
    `  keeps data   ${data}`,
    '',
    '  Try it with the built-in Dummy cloud, which costs nothing and needs no account:',
    '',
    `  ${firstRequest(url)}`,
    '',
    '',
  ].join('\n');
}

/**
 * One line for a shell; the user and the password are free to choose as long as no USER_DB names users. Without contextualization, since
 * nothing answers SSH at the address of a Dummy machine.
 */
export function firstRequest(url: string): string {
  const auth =
    'id = im; type = InfrastructureManager; username = me; password = secret\\nid = dummy; type = Dummy';
  const radl =
    "network net (outbound = 'yes') system node (cpu.count>=1 and net_interface.0.connection = 'net' and disk.0.os.name = 'linux' and disk.0.image.url = 'mock0://linux.for.ev.er') contextualize () deploy node 1";
  return `curl -H 'Content-Type: text/plain' -H "Authorization: ${auth}" --data "${radl}" ${url}/infrastructures`;
}
