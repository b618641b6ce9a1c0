import { readFileSync } from 'node:fs';
import { checkRadl, parseRadl, parseRadlJson, printRadlJson } from '@im/radl';
import { exampleFile } from './example-file.js';
import type { Figure } from './figure.js';
import { median } from './figure.js';
import { processorSeconds } from './processor-time.js';

const batches = 7;
const batchSeconds = 0.3;
const largeBytes = 2 ** 20;
const largeRuns = 5;
const largeSeconds = 1;

/**
 * Reading of documents, in this process: an example, and one of 1 MiB. It waits for nothing, so processor time is measured: what else
 * runs on the machine does not count.
 */
export async function benchRadl(): Promise<Figure[]> {
  const example = readFileSync(exampleFile('docker-front-and-workers.radl'), 'utf8');
  const large = largeDocument();
  const json = JSON.stringify(printRadlJson(parseRadl(large)));
  return [
    {
      name: 'RADL documents parsed and checked',
      value: perSecond(() => {
        checkRadl(parseRadl(example));
      }),
      unit: 'documents/s',
    },
    {
      name: 'RADL of 1 MiB, parsed and checked',
      value: seconds(() => {
        checkRadl(parseRadl(large));
      }),
      unit: 's',
      target: { bound: 'at most', value: largeSeconds },
    },
    {
      name: `the same document as JSON (${(json.length / 2 ** 20).toFixed(1)} MiB)`,
      value: seconds(() => {
        checkRadl(parseRadlJson(json));
      }),
      unit: 's',
    },
  ];
}

/** Many systems with a recipe each: every part of the language in the share that real documents have. */
function largeDocument(): string {
  const parts = ["network net (outbound = 'yes' and outports = '22/tcp,8080/tcp-80/tcp')"];
  let bytes = 0;
  for (let n = 0; bytes < largeBytes; n++) {
    const part = [
      `system node${n} (`,
      "  cpu.count >= 2 and memory.size >= 4096M and net_interface.0.connection = 'net' and",
      `  net_interface.0.dns_name = 'node-${n}-#N#' and disk.0.os.name = 'linux' and`,
      `  disk.0.image.url = ['mock0://linux.for.ev.er/${n}', 'one://cloud.example/${n}'] and`,
      "  disk.0.os.credentials.username = 'ubuntu' and disk.1.size = 20GB and disk.1.device = 'hdb' and",
      "  disk.0.applications contains (name = 'ansible.modules.git' and version >= '1.2')",
      ')',
      `configure node${n} (`,
      '@begin',
      '---',
      '- tasks:',
      `    - name: Write the number ${n}`,
      `      copy: { content: "${n}", dest: /etc/number }`,
      '@end',
      ')',
      `deploy node${n} 1`,
    ].join('\n');
    parts.push(part);
    bytes += part.length + 1;
  }
  return parts.join('\n');
}

function perSecond(work: () => void): number {
  const rates: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = processorSeconds();
    let count = 0;
    while (processorSeconds() - start < batchSeconds) {
      work();
      count++;
    }
    rates.push(count / (processorSeconds() - start));
  }
  return median(rates);
}

function seconds(work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run < largeRuns; run++) {
    const start = processorSeconds();
    work();
    times.push(processorSeconds() - start);
  }
  return median(times);
}
