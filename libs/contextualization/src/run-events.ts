import { z } from 'zod';

const resultSchema = z.record(z.string(), z.unknown());

const eventSchema = z.discriminatedUnion('ev', [
  z.object({ ev: z.literal('play'), ts: z.number(), name: z.string() }),
  z.object({ ev: z.literal('task'), ts: z.number(), task: z.string(), handler: z.boolean().optional() }),
  z.object({
    ev: z.literal('ok'),
    ts: z.number(),
    host: z.string(),
    task: z.string(),
    res: resultSchema,
    changed: z.boolean(),
    show: z.boolean(),
  }),
  z.object({
    ev: z.literal('skipped'),
    ts: z.number(),
    host: z.string(),
    task: z.string(),
    res: resultSchema,
  }),
  z.object({
    ev: z.literal('failed'),
    ts: z.number(),
    host: z.string(),
    task: z.string(),
    res: resultSchema,
    ignored: z.boolean(),
  }),
  z.object({
    ev: z.literal('unreachable'),
    ts: z.number(),
    host: z.string(),
    task: z.string(),
    res: resultSchema,
  }),
  z.object({
    ev: z.literal('item'),
    ts: z.number(),
    host: z.string(),
    task: z.string(),
    res: resultSchema,
    changed: z.boolean().optional(),
    failed: z.boolean().optional(),
  }),
  z.object({ ev: z.literal('retry'), ts: z.number(), host: z.string(), task: z.string(), res: resultSchema }),
  z.object({
    ev: z.literal('stats'),
    ts: z.number(),
    hosts: z.record(z.string(), z.record(z.string(), z.number())),
  }),
]);

/** One event of a playbook, as printed by assets/im_events.py. */
export type RunEvent = z.infer<typeof eventSchema>;

/** A line of the output: an event, or text that Ansible printed beside them (warnings, errors before the first play). */
export type OutputLine = { event: RunEvent } | { text: string };

/** Understands complete lines of the output. */
export function parseOutput(lines: string): OutputLine[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
}

function parseLine(line: string): OutputLine {
  if (!line.startsWith('{')) {
    return { text: line };
  }
  try {
    const parsed = eventSchema.safeParse(JSON.parse(line));
    return parsed.success ? { event: parsed.data } : { text: line };
  } catch {
    return { text: line };
  }
}
