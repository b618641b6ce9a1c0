import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const suite = fileURLToPath(new URL('../../../shared/conformance/rest/', import.meta.url));

/** Cases that send a TOSCA document although their names do not say so; TOSCA is answered 415 for now. */
const needTosca = new Set([
  'RADL JSON and TOSCA',
  'answer and InfID, sync and async',
  'count 2 makes two machines of the node',
  'a plain Compute node with the normative types only',
  'tosca as text and JSON',
  'the stored document can be deployed again',
  'outputs',
  'radl, state, contmsg',
  'grow: the new machines',
  'shrink with removal_list',
  'only as many of removal_list as needed',
  'shrink without removal_list: the right number is left',
  'no change: nothing new, 200',
  'context=0',
  'scalars are replaced, the rest of the document stays',
  'a second node',
  'unknown id in removal_list',
  'a failed update leaves the stored document (S18)',
  'RADL can be added too',
  'remove a machine by its id, then ask for the same count: a new one',
]);

interface SuiteResult {
  passed: number;
  /** Names of failed cases, without those of groups. */
  failed: string[];
}

/** Runs the suite against a server and reads its TAP output. */
async function runSuite(url: string, strict: boolean): Promise<SuiteResult> {
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', suite], {
    env: { PATH: process.env['PATH'] ?? '', IM_URL: url, ...(strict ? { IM_STRICT: '1' } : {}) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return readTap(output);
}

function readTap(output: string): SuiteResult {
  const result: SuiteResult = { passed: 0, failed: [] };
  const lines = output.split('\n');
  for (const [index, line] of lines.entries()) {
    const found = /^\s*(not )?ok \d+ - (.*?)(?: # .*)?$/.exec(line);
    if (
      found === null ||
      /failureType: 'subtestsFailed'|type: 'suite'/.test(lines.slice(index, index + 6).join('\n'))
    ) {
      continue;
    }
    if (found[1] === undefined) {
      result.passed++;
    } else {
      result.failed.push(found[2] ?? '');
    }
  }
  return result;
}

describe.skipIf(!existsSync(suite))('REST conformance (needs ../shared/conformance)', () => {
  let server: StandaloneServer;

  beforeAll(async () => {
    server = await startStandalone({ env: { IM_LOG_LEVEL: 'warning' } });
  });

  afterAll(async () => {
    await server.stop();
  });

  it.each([
    ['plainly', false],
    ['with IM_STRICT=1', true],
  ])('passes %s, but for TOSCA', async (_how, strict) => {
    const { passed, failed } = await runSuite(server.url, strict);

    expect(failed.filter((name) => !/TOSCA/i.test(name) && !needTosca.has(name))).toEqual([]);
    expect(passed).toBeGreaterThan(300);
  });
});
