import { parseArgs } from 'node:util';
import { z } from 'zod';
import { mostReplicas } from '../servers/haproxy.js';

export const usage = `npm run cluster -- [options]

  --api N         replicas of the API, 1 to ${mostReplicas} (3)
  --workers N     workers, 1 to 32 (3)
  --port PORT     where HAProxy awaits clients on 127.0.0.1 (8800)
  --dir DIR       folder of data, logs and cluster.json (data/cluster); data are kept for the next time
  --no-restart    leave dead what dies
  --no-sticky     plain roundrobin: HAProxy sends a request to any replica
  --help

Options of the service are taken from the environment, as everywhere: IM_MAX_VM_FAILS=1 npm run cluster
`;

/** What `npm run cluster` was asked for. */
export interface ClusterCommand {
  api: number;
  workers: number;
  port: number;
  dir: string;
  restarts: boolean;
  sticky: boolean;
  help: boolean;
}

/** @throws Error that says which argument is wrong */
export function readCommandLine(args: readonly string[]): ClusterCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      api: { type: 'string', default: '3' },
      workers: { type: 'string', default: '3' },
      port: { type: 'string', default: '8800' },
      dir: { type: 'string', default: 'data/cluster' },
      'no-restart': { type: 'boolean', default: false },
      'no-sticky': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    api: wholeNumber('--api', values.api, mostReplicas),
    workers: wholeNumber('--workers', values.workers, 32),
    port: wholeNumber('--port', values.port, 65_535),
    dir: values.dir,
    restarts: !values['no-restart'],
    sticky: !values['no-sticky'],
    help: values.help,
  };
}

function wholeNumber(name: string, value: string, highest: number): number {
  const read = z.coerce.number().int().min(1).max(highest).safeParse(value);
  if (!read.success) {
    throw new Error(`${name} is "${value}": it must be a whole number from 1 to ${highest}.`);
  }
  return read.data;
}
