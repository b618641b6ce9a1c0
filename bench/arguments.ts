import { parseArgs } from 'node:util';

export const partNames = [
  'radl',
  'tosca',
  'http',
  'deploy',
  'memory',
  'store',
  'cluster',
  'containers',
] as const;
export type PartName = (typeof partNames)[number];

export interface BenchArguments {
  /** Parts in the order in which they run. */
  parts: PartName[];
  /** Base URL of another server that answers the same API, without a final slash. */
  against: string | null;
}

/** Text of `--help`. */
export const usage = [
  'npm run bench -- [--only PART,PART] [--against URL]',
  '',
  `  --only      parts to run: ${partNames.join(', ')} (default: all)`,
  '  --against   base URL of another server with the same API: the parts http and deploy measure it too',
].join('\n');

/** null: help is asked for. @throws Error with a sentence for an argument that is not understood */
export function readArguments(args: readonly string[]): BenchArguments | null {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, against: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    return null;
  }
  const asked = values.only?.split(',').map((name) => name.trim()) ?? [...partNames];
  const unknown = asked.filter((name) => !partNames.some((known) => known === name));
  if (unknown.length > 0) {
    throw new Error(`There is no part ${unknown.join(', ')}: choose from ${partNames.join(', ')}.`);
  }
  return {
    parts: partNames.filter((name) => asked.includes(name)),
    against: values.against === undefined ? null : new URL(values.against).href.replace(/\/+$/, ''),
  };
}
