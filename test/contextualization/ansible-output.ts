/** What the TOSCA attribute `ansible_output` tells of one task. */
export interface TaskOutput {
  state: string | undefined;
  output: string | undefined;
}

/**
 * The attribute `ansible_output` as tools of the Infrastructure Manager compute it from the log of a VM: list of tasks -> task -> what it
 * told (spec: contextualization.md 15).
 */
export function ansibleOutput(log: string): Record<string, Record<string, TaskOutput>> {
  const lists = log.split('Launch task: ').slice(1);
  return Object.fromEntries(
    lists.map((text) => {
      const [name = ''] = text.split('\n', 1);
      return [name, tasksOf(text.slice(name.length))];
    }),
  );
}

function tasksOf(text: string): Record<string, TaskOutput> {
  const tasks = text.split('\nTASK [').slice(1);
  return Object.fromEntries(
    tasks.map((task) => {
      const end = task.indexOf('] **');
      const body = task.slice(end);
      return [task.slice(0, end), { state: /^(\w+): \[/m.exec(body)?.[1], output: outputOf(body) }];
    }),
  );
}

function outputOf(body: string): string | undefined {
  const text = /\] => (.*?\})\n/s.exec(body)?.[1];
  if (text === undefined) {
    return undefined;
  }
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const inner = (parsed['var'] ?? parsed) as Record<string, unknown>;
    return 'msg' in inner && Object.keys(inner).length > 1 ? String(inner['msg']) : text;
  } catch {
    return text;
  }
}
