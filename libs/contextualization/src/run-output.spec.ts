import type { DetachedProgress } from '@im/ssh';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infrastructureOf, vmWith } from '../../../test/contextualization/vms.js';
import { MemoryStore } from '../../../test/fakes/memory-store.js';
import type { Progress } from './progress.js';
import { newProgress } from './progress.js';
import type { HandledOutput } from './run-output.js';
import { handleOutput, outputPortion } from './run-output.js';

const vms = [
  vmWith(0, { system: 'front', publicIp: '198.51.100.7' }),
  vmWith(1, { system: 'wn', privateIp: '10.0.0.8' }),
  vmWith(2, { system: 'wn', privateIp: '10.0.0.9' }),
];

const progress = (given: Partial<Progress> = {}): Progress => ({
  ...newProgress(0, 0),
  attempt: 1,
  targets: [0, 1],
  ...given,
});

const line = (event: object): string =>
  `${JSON.stringify({ im: 1, ts: 1, ...event }).replace('{"im":1', '{"im": 1')}\n`;

const ok = (host: string, task: string, given: object = {}): string =>
  line({ ev: 'ok', host, play: 'web', task, res: {}, changed: false, show: false, ...given });

const result = line({ ev: 'result', ok: ['198.51.100.7_0'], failed: ['10.0.0.8_1'] });

const look = (output: string | Buffer, state: DetachedProgress['state'] = 'running'): DetachedProgress => ({
  state,
  exitCode: state === 'finished' ? 0 : null,
  output: Buffer.from(output),
  nextOffset: 0,
});

const handle = (before: Progress, run: DetachedProgress): HandledOutput =>
  handleOutput('inf-1', before, run, vms);

async function storeOfVms(): Promise<MemoryStore> {
  const store = new MemoryStore(() => 0);
  await store.transaction(async (tx) => {
    await tx.insertInfrastructure(infrastructureOf(''));
    await tx.insertVms(vms);
  });
  return store;
}

/** The logs of the VMs once all of these were written. */
async function logsOf(handled: readonly HandledOutput[]): Promise<Record<string, string>> {
  const store = await storeOfVms();
  for (const { writes } of handled) {
    await store.transaction(writes);
  }
  const logs = await store.logs('inf-1');
  return Object.fromEntries([...logs].map(([scope, text]) => [String(scope), text]));
}

describe('a portion of the output of a run', () => {
  it('goes into the logs of the VMs it tells of, and is counted', async () => {
    const output = ok('198.51.100.7_0', 'First') + ok('10.0.0.8_1', 'Second');
    const handled = handle(progress({ offset: 100 }), look(output));
    const logs = await logsOf([handled]);

    expect(Object.keys(logs)).toEqual(['0', '1']);
    expect(logs['0']).toMatch(/^Launch task: web_front\n[\s\S]*TASK \[First\]/);
    expect(logs['1']).toMatch(/^Launch task: web_wn\n[\s\S]*TASK \[Second\]/);
    expect(handled.progress.offset).toBe(100 + output.length);
    expect(handled).toMatchObject({ ended: false, succeeded: undefined, lost: false });
  });

  it('is taken up to its last whole line while the run goes on', async () => {
    const whole = ok('10.0.0.8_1', 'First');
    const handled = handle(progress(), look(whole + ok('10.0.0.8_1', 'Second').slice(0, 30)));

    expect(handled.progress.offset).toBe(whole.length);
    expect((await logsOf([handled]))['1']).not.toContain('Second');
  });

  it('leaves what was known before as it was', () => {
    const before = progress();
    const copy = structuredClone(before);
    handle(before, look(ok('10.0.0.8_1', 'First')));

    expect(before).toEqual(copy);
  });

  it('tells of VMs that do not take part nothing', async () => {
    expect(
      await logsOf([handle(progress(), look(ok('10.0.0.9_2', 'First') + ok('elsewhere', 'Second')))]),
    ).toEqual({});
  });

  it('is taken without a line end when nobody will ever write one', () => {
    expect(handle(progress(), look('x'.repeat(768 * 1024))).progress.offset).toBe(0);
    expect(handle(progress(), look('x'.repeat(768 * 1024 + 1))).progress.offset).toBe(768 * 1024 + 1);
  });
});

describe('the end of a run', () => {
  it('is known by its result, and closes the logs', async () => {
    const handled = handle(progress(), look(ok('198.51.100.7_0', 'First') + result, 'finished'));

    expect(handled).toMatchObject({ ended: true, lost: false, succeeded: new Set(['198.51.100.7_0']) });
    expect((await logsOf([handled]))['0']).toMatch(/\nTask web_front finished successfully\n$/);
  });

  it('may have told its result in an earlier portion', () => {
    const first = handle(progress(), look(result));
    const second = handle(first.progress, look('', 'finished'));

    expect(first.ended).toBe(false);
    expect(second).toMatchObject({ ended: true, succeeded: new Set(['198.51.100.7_0']) });
  });

  it('comes when all output was read, which may take more than one look', () => {
    const long = `${'x'.repeat(outputPortion - 1)}\n`;

    expect(handle(progress(), look(long, 'finished')).ended).toBe(false);
    expect(handle(progress(), look(long.slice(1), 'finished')).ended).toBe(true);
  });

  it('without a result is told in the log', async () => {
    const handled = handle(progress(), look(`${ok('10.0.0.8_1', 'First')}no more room\n`, 'finished'));

    expect(handled).toMatchObject({ ended: true, lost: false, succeeded: undefined });
    expect((await logsOf([handled]))['1']).toMatch(
      /no more room\n\nERROR executing task web_wn: the run ended without a result.\n$/,
    );
  });

  it.each(['lost', 'absent'] as const)('is no end when the run is %s', async (state) => {
    const handled = handle(
      progress(),
      look(ok('10.0.0.8_1', 'First') + ok('10.0.0.8_1', 'Second').slice(0, 50), state),
    );

    expect(handled).toMatchObject({ ended: true, lost: true, succeeded: undefined });
    expect((await logsOf([handled]))['1']).not.toContain('"ev"');
  });
});

describe('output that is read in portions', () => {
  const output = Buffer.from(
    [
      'Starting galaxy role install process: ñ 日本 🙂\n',
      ok('198.51.100.7_0', 'Grüße', { res: { msg: 'ñ🙂' }, show: true }),
      ok('10.0.0.8_1', 'First'),
      '[WARNING]: nothing\n',
      line({
        ev: 'failed',
        host: '10.0.0.8_1',
        play: 'web',
        task: 'Break',
        res: { msg: 'no' },
        ignored: false,
      }),
      line({ ev: 'try', hosts: ['10.0.0.8_1'], n: 1, of: 1 }),
      ok('198.51.100.7_0', 'Second'),
      result,
    ].join(''),
  );

  /** Reads up to each of these bytes, then to the end. */
  function readUpTo(cuts: readonly number[]): HandledOutput[] {
    const handled: HandledOutput[] = [];
    let known = progress();
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      const portion = handle(known, look(output.subarray(known.offset, cut)));
      handled.push(portion);
      known = portion.progress;
    }
    handled.push(handle(known, look(output.subarray(known.offset), 'finished')));
    return handled;
  }

  it('gives the same logs and the same result wherever it is cut', async () => {
    const whole = await logsOf(readUpTo([]));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(output.length), { maxLength: 12 }), async (cuts) => {
        const handled = readUpTo(cuts);

        expect(await logsOf(handled)).toEqual(whole);
        expect(handled.at(-1)?.succeeded).toEqual(new Set(['198.51.100.7_0']));
        expect(handled.at(-1)?.progress.offset).toBe(output.length);
      }),
      { numRuns: 60 },
    );
  });

  it('only ever adds to the logs', async () => {
    const handled = readUpTo(Array.from({ length: output.length }, (_unused, index) => index));
    let before = '';
    for (let n = 1; n <= handled.length; n += 97) {
      const { 1: text = '' } = await logsOf(handled.slice(0, n));
      expect(text.startsWith(before)).toBe(true);
      before = text;
    }
  });
});
