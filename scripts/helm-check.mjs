// The chart helm/im: lint and render it with every values file of helm/im/ci, and see what the renderings hold. Part of `npm run check`.
// `node scripts/helm-check.mjs --write` writes the table of values into the chart's README and copies HAProxy's configuration instead.
// Exit code 77: skipped, for there is no Helm.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { broken, careless, EXPECTATIONS } from './kubernetes/chart-expectations.mjs';
import { provideHelm } from './kubernetes/provide-helm.mjs';
import { valueTable } from './kubernetes/value-table.mjs';
import { inProject } from './setup/paths.mjs';
import { run } from './setup/run.mjs';

const SKIPPED = 77;
/** A Helm that is built from source takes the cluster for a very old one unless told. */
const KUBERNETES = ['--kube-version', '1.33.0'];
const BEGIN = '<!-- values: written by node scripts/helm-check.mjs --write -->';
const END = '<!-- end of values -->';
const chart = inProject('helm/im');
const readme = join(chart, 'README.md');
/** The chart carries a copy, for a chart holds all that it needs. */
const proxyOriginal = inProject('haproxy/haproxy.cfg');
const proxyCopy = join(chart, 'files/haproxy.cfg');

if (process.argv.includes('--write')) {
  writeFileSync(readme, readmeWithTable());
  copyFileSync(proxyOriginal, proxyCopy);
} else {
  const problems = [...staleCopies(), ...(await problemsOfTheChart())];
  for (const problem of problems) {
    console.error(problem);
  }
  process.exitCode = problems.length === 0 ? process.exitCode : 1;
}

function readmeWithTable() {
  const page = readFileSync(readme, 'utf8');
  const [before, rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1];
  if (after === undefined) {
    throw new Error(`${readme} has no place for the values: ${BEGIN} ... ${END}`);
  }
  return `${before}${BEGIN}\n\n${valueTable(readFileSync(join(chart, 'values.yaml'), 'utf8'))}\n\n${END}${after}`;
}

function staleCopies() {
  const fresh = {
    'the values of helm/im/README.md': readFileSync(readme, 'utf8') === readmeWithTable(),
    'helm/im/files/haproxy.cfg': readFileSync(proxyOriginal, 'utf8') === readFileSync(proxyCopy, 'utf8'),
  };
  return Object.entries(fresh)
    .filter(([, isFresh]) => !isFresh)
    .map(([name]) => `Not up to date: ${name}; run node scripts/helm-check.mjs --write`);
}

async function problemsOfTheChart() {
  const { helm, reason } = await provideHelm();
  if (helm === undefined) {
    console.error(`The chart was not rendered: ${reason}.`);
    process.exitCode = SKIPPED;
    return [];
  }
  const files = readdirSync(join(chart, 'ci')).map((name) => join(chart, 'ci', name));
  const problems = [];
  for (const file of files) {
    const lint = await run([helm, 'lint', '--strict', ...KUBERNETES, chart, '-f', file], { collect: true });
    const rendered = await render(helm, file, []);
    problems.push(
      ...[lint, rendered]
        .filter(({ code }) => code !== 0)
        .map(({ output }) => `${basename(file)}: ${output}`),
      ...careless(rendered.output).map((problem) => `${basename(file)}: ${problem}`),
    );
  }
  for (const expectation of EXPECTATIONS) {
    const file = join(chart, 'ci', `${expectation.values ?? 'defaults'}-values.yaml`);
    problems.push(...broken(expectation, await render(helm, file, expectation.set ?? [])));
  }
  return problems;
}

function render(helm, file, set) {
  const values = set.flatMap((value) => ['--set', value]);
  return run([helm, 'template', 'im', chart, '-n', 'im-check', ...KUBERNETES, '-f', file, ...values], {
    collect: true,
  });
}
