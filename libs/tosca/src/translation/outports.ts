import { translationError } from '../tosca-error.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { listAt, textOf } from '../yaml/values.js';
import { asNumber, isBlank } from './value-kinds.js';

/** What becomes of a port of which only one side is named. */
export interface PortSides {
  /** The other side is the same port; otherwise it is 0. */
  samePort: boolean;
}

/**
 * Port specifications (`PortSpec`, evaluated) as the text of `outports` (spec: tosca.md 6.6.1, tables/tosca-ports.json).
 * @throws ToscaError `value` for one that names no port
 */
export function outportsText(ports: readonly ToscaMap[], sides: PortSides): string {
  return ports.map((port) => outportText(port, sides)).join(',');
}

/** One port of `outports`. @throws ToscaError `value` */
export function outportText(port: ToscaMap, { samePort }: PortSides): string {
  const cidr = port.get('remote_cidr');
  const prefix = isBlank(cidr) ? '' : `${textOf(cidr)}-`;
  const protocol = isBlank(port.get('protocol')) ? 'tcp' : textOf(port.get('protocol') ?? null);
  const [first, last] = listAt(port, 'source_range').map((end) => asNumber(end));
  if (first !== undefined && last !== undefined) {
    return `${prefix}${first}:${last}/${protocol}`;
  }
  const source = portNumber(port.get('source'));
  const target = portNumber(port.get('target'));
  if (source === undefined && target === undefined) {
    throw translationError('value', 'source or target port must be specified in PortSpec type.');
  }
  const [remote, local] = samePort ? [source ?? target, target ?? source] : [source ?? 0, target ?? 0];
  return `${prefix}${remote}/${protocol}-${local}/${protocol}`;
}

function portNumber(value: ToscaValue | undefined): number | undefined {
  const port = asNumber(value);
  return port === undefined || port === 0 ? undefined : port;
}
