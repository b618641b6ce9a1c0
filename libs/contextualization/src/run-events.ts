import { z } from 'zod';

const resultSchema = z.record(z.string(), z.unknown());

/** What all events of one host say: the play it belongs to, its task and the result of the module. */
const hostEvent = {
  ts: z.number(),
  host: z.string(),
  play: z.string(),
  task: z.string(),
  res: resultSchema,
};

const eventSchema = z.discriminatedUnion('ev', [
  z.object({ ev: z.literal('ok'), ...hostEvent, changed: z.boolean(), show: z.boolean() }),
  z.object({ ev: z.literal('skipped'), ...hostEvent }),
  z.object({ ev: z.literal('failed'), ...hostEvent, ignored: z.boolean() }),
  z.object({ ev: z.literal('unreachable'), ...hostEvent }),
  z.object({
    ev: z.literal('item'),
    ...hostEvent,
    changed: z.boolean().optional(),
    show: z.boolean().optional(),
    failed: z.boolean().optional(),
  }),
  z.object({ ev: z.literal('retry'), ...hostEvent }),
  /** What Ansible printed beside its events while it worked for these hosts. */
  z.object({ ev: z.literal('text'), hosts: z.array(z.string()), text: z.string() }),
  /** Try `n` of `of` ended without success for these hosts. */
  z.object({ ev: z.literal('try'), hosts: z.array(z.string()), n: z.number(), of: z.number() }),
  /** The last event of a run. */
  z.object({ ev: z.literal('result'), ok: z.array(z.string()), failed: z.array(z.string()) }),
]);

/** One event of a run, as printed by assets/im_events.py and assets/im_supervisor.py. */
export type RunEvent = z.infer<typeof eventSchema>;

/** An event that tells the outcome of one task on one host. */
export type HostEvent = Exclude<RunEvent, { ev: 'text' | 'try' | 'result' }>;

/** A line of the output: an event, or text that was printed before or beside them (installation of roles, for instance). */
export type OutputLine = { event: RunEvent } | { text: string };

/** Begin of a line that is an event, as the programs on the control node write it. */
const eventStart = '{"im": 1,';

/** Understands complete lines of the output. An event that broke off, with its machine for instance, says nothing. */
export function parseOutput(lines: string): OutputLine[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line): OutputLine[] => {
      if (!line.startsWith(eventStart)) {
        return [{ text: line }];
      }
      const event = parseEvent(line);
      return event === undefined ? [] : [{ event }];
    });
}

function parseEvent(line: string): RunEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
