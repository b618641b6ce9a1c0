import { CloudError } from '@im/domain';
import type { Network } from '@im/radl';

/** One entry of `outports`, with its text so that it can be written back (spec: radl.md 14). */
export interface OutportEntry {
  text: string;
  protocol: 'tcp' | 'udp' | 'icmp';
  /** Port seen from outside; of a range the first one. */
  remotePort: number;
  /** Port in the machine; of a range the last one. */
  localPort: number;
  range: boolean;
}

const entryForm =
  /^(?:[\da-f.:]+\/\d{1,3}-)?(?<remote>\d+)(?::(?<last>\d+))?(?:\/(?<protocol>tcp|udp|icmp))?(?:-(?<local>\d+)(?::\d+)?(?:\/(?:tcp|udp|icmp))?)?$/u;

/** Entries of the `outports` of a network, none when it has no such feature. @throws CloudError `InvalidInput` */
export function outportsOf(network: Network): OutportEntry[] {
  const text = network.features.getText('outports') ?? '';
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => readEntry(network, entry));
}

function readEntry(network: Network, text: string): OutportEntry {
  const parts = entryForm.exec(text)?.groups;
  if (parts === undefined) {
    throw new CloudError('InvalidInput', `The outports of the network ${network.id} are not valid: ${text}`);
  }
  const protocol = parts['protocol'];
  const remotePort = Number(parts['remote']);
  return {
    text,
    protocol: protocol === 'udp' || protocol === 'icmp' ? protocol : 'tcp',
    remotePort,
    localPort: Number(parts['last'] ?? parts['local'] ?? remotePort),
    range: parts['last'] !== undefined,
  };
}

/** Port under which a port of the machine is seen from outside; the same when no entry says otherwise. */
export function externalPort(network: Network | undefined, localPort: number): number {
  const entries = network === undefined ? [] : outportsOf(network);
  const entry = entries.find((one) => one.protocol === 'tcp' && !one.range && one.localPort === localPort);
  return entry === undefined || entry.remotePort === 0 ? localPort : entry.remotePort;
}
