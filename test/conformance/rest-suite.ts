import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const suite = fileURLToPath(new URL('../../../shared/conformance/rest/', import.meta.url));

/** Whether the REST conformance suite is there. */
export const suiteIsPresent = existsSync(suite);

/** Cases that send a TOSCA document; TOSCA is answered 415 for now. */
export const needTosca = new Set(
  Object.entries({
    'document formats (4)': [
      'TOSCA as text/yaml',
      'TOSCA as text/x-yaml',
      'TOSCA as application/yaml',
      'TOSCA, not a document: 400',
      'TOSCA, a list: 400',
      'TOSCA, broken YAML: 400',
      'TOSCA, no version: 400',
      'TOSCA, unknown field: 400',
      'TOSCA, unknown type: 400',
    ],
    'dry run (9.2)': ['RADL JSON and TOSCA'],
    'reconfigure (9.9)': ['TOSCA'],
    create: [
      'answer and InfID, sync and async',
      'count 2 makes two machines of the node',
      'a plain Compute node with the normative types only',
    ],
    properties: [
      'tosca as text and JSON',
      'the stored document can be deployed again',
      'outputs',
      'radl, state, contmsg',
    ],
    'update (9.5)': [
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
      'a document that is no TOSCA',
      'RADL can be added too',
      'TOSCA on an infrastructure made from RADL',
      'remove a machine by its id, then ask for the same count: a new one',
    ],
    import: ['TOSCA comes along'],
    'statistics (10.4)': ['the name of the TOSCA template'],
    synchronous: ['stopped machines, TOSCA'],
  }).flatMap(([group, cases]) => cases.map((name) => `${group} > ${name}`)),
);

export interface SuiteResult {
  passed: number;
  /** Failed cases, as `group > case`. */
  failed: string[];
}

/** Runs the suite against a server and reads its TAP output. */
export async function runSuite(url: string, strict: boolean): Promise<SuiteResult> {
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', suite], {
    env: {
      PATH: process.env['PATH'] ?? '',
      IM_URL: url,
      IM_TEST_FORWARDED: '1',
      ...(strict ? { IM_STRICT: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return readTap(output);
}

/** Cases are indented by four more spaces than the groups they stand in. */
function readTap(output: string): SuiteResult {
  const result: SuiteResult = { passed: 0, failed: [] };
  const groups: string[] = [];
  const lines = output.split('\n');
  for (const [index, line] of lines.entries()) {
    const subtest = /^(\s*)# Subtest: (.*)$/.exec(line);
    if (subtest !== null) {
      groups.length = depthOf(subtest[1]);
      groups.push(subtest[2] ?? '');
      continue;
    }
    const found = /^(\s*)(not )?ok \d+ - (.*?)(?: # .*)?$/.exec(line);
    const isGroup = /failureType: 'subtestsFailed'|type: 'suite'/.test(
      lines.slice(index, index + 6).join('\n'),
    );
    if (found === null || isGroup) {
      continue;
    }
    if (found[2] === undefined) {
      result.passed++;
    } else {
      result.failed.push([...groups.slice(0, depthOf(found[1])), found[3]].join(' > '));
    }
  }
  return result;
}

function depthOf(indent: string | undefined): number {
  return (indent ?? '').length / 4;
}
