import type { Radl } from '@im/radl';
import { parseRadl } from '@im/radl';

/** A document that asks for machines of one system; one with a private network has something that VMs share. */
export function document(machines: number, network: 'public' | 'private'): Radl {
  const outbound = network === 'public' ? "outbound = 'yes'" : "outbound = 'no'";
  return parsed(`
    network net (${outbound})
    system node (
      cpu.count = 1 and memory.size = 512M and
      net_interface.0.connection = 'net' and disk.0.image.url = 'simulated://image'
    )
    deploy node ${machines}`);
}

/** What `alter` asks for. */
export function moreProcessors(count: number): Radl {
  return parsed(`system node (cpu.count >= ${count})`);
}

/** Nothing new: contextualize again. */
export const nothingNew = parseRadl('');

const known = new Map<string, Radl>();

/** Documents are read only, so each text is parsed once for all simulations. */
function parsed(text: string): Radl {
  const radl = known.get(text) ?? parseRadl(text);
  known.set(text, radl);
  return radl;
}
