/** RADL with machines that need no configuration, so that they are configured at once. */
export function machines(options: { count?: number; head?: string; features?: string } = {}): string {
  const { count = 1, head = '', features = '' } = options;
  return `${head}
network net ()
system node (
  cpu.count >= 1 and memory.size >= 512m and net_interface.0.connection = 'net' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'mock0://linux.for.ev.er/image1' ${features}
)
contextualize ()
deploy node ${count}
`;
}

/** More machines of the system in `machines`, by reference. */
export function more(count = 1): string {
  return `network net\nsystem node\ndeploy node ${count}\n`;
}

/** The same as `machines` in RADL JSON. */
export const machinesJson = JSON.stringify([
  { class: 'network', id: 'net' },
  {
    class: 'system',
    id: 'node',
    'cpu.count_min': 1,
    'memory.size_min': 512_000_000,
    'net_interface.0.connection': 'net',
    'disk.0.image.url': 'mock0://linux.for.ev.er/image1',
  },
  { class: 'deploy', system: 'node', vm_number: 1 },
  { class: 'contextualize' },
]);

/** An id that no infrastructure has. */
export const unknownInfrastructure = '/infrastructures/00000000-0000-1000-8000-000000000000';
