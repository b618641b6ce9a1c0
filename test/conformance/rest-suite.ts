import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const suite = fileURLToPath(new URL('../../../shared/conformance/rest/', import.meta.url));

/** Whether the REST conformance suite is there. */
export const suiteIsPresent = existsSync(suite);

export interface SuiteResult {
  passed: number;
  /** Failed cases, as `group > case`. */
  failed: string[];
}

/** Runs the suite against a server and reads its TAP output. */
export async function runSuite(url: string, strict: boolean): Promise<SuiteResult> {
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...suiteFiles()], {
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

/** One by one: newer versions of Node.js take a folder for a file. */
function suiteFiles(): string[] {
  return readdirSync(suite)
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => join(suite, file));
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
