import { existsSync } from 'node:fs';
import { inProject } from '../setup/paths.mjs';
import { run } from '../setup/run.mjs';

const suite = inProject('../shared/conformance/rest');

/** TOSCA documents are answered 415 for now; the cases that send one fail by that. */
const NEEDS_TOSCA = /\b415\b|tosca/i;

/**
 * Runs the REST conformance suite against a service.
 * @returns {Promise<{ passed: number, tosca: number, failed: string[] } | undefined>} undefined where there is no suite; `tosca`: cases that
 * fail since they need TOSCA
 */
export async function runConformance(base) {
  if (!existsSync(suite)) {
    return undefined;
  }
  const { output } = await run([process.execPath, '--test', '--test-reporter=tap', `${suite}/`], {
    collect: true,
    env: { ...process.env, IM_URL: base, IM_STRICT: '1' },
  });
  const failures = failedCases(output);
  const tosca = failures.filter(({ text }) => NEEDS_TOSCA.test(text));
  return {
    passed: Number(/^# pass (\d+)/m.exec(output)?.[1] ?? 0),
    tosca: tosca.length,
    failed: failures
      .filter((failure) => !tosca.includes(failure))
      .map(({ name, text }) => `${name}\n${text}`),
  };
}

/** The failed cases of a TAP output with what it says of each; groups, which only repeat their cases, are left out. */
function failedCases(output) {
  const lines = output.split('\n');
  const failures = [];
  for (const [index, line] of lines.entries()) {
    const found = /^(\s*)not ok \d+ - (.*)$/.exec(line);
    if (found === null) {
      continue;
    }
    const end = lines.findIndex((other, later) => later > index && other === `${found[1]}  ...`);
    const text = lines.slice(index + 1, end).join('\n');
    if (!/failureType: 'subtestsFailed'|type: 'suite'/.test(text)) {
      failures.push({ name: found[2], text });
    }
  }
  return failures;
}
