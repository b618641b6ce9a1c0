import { beforeEach, describe, expect, it } from 'vitest';
import { ansibleOutput } from '../../../test/contextualization/ansible-output.js';
import { parseOutput } from './run-events.js';
import type { RunLogState } from './vm-log.js';
import { maxVmLog, RunLog } from './vm-log.js';

type Event = Record<string, unknown> & { ev: string };

/** 26 November 2021, 08:35:47.578 UTC. */
const at = 1637915747.578;

const systems = new Map([
  ['10.0.0.8_1', 'wn'],
  ['10.0.0.9_2', 'wn'],
]);

/** Events as the programs on the master print them. */
const lineOf = (event: Event): string =>
  `${JSON.stringify({ im: 1, ts: at, ...event })
    .replaceAll('":', '": ')
    .replaceAll(',"', ', "')}\n`;

const event = (ev: string, given: Record<string, unknown> = {}): Event => ({
  ev,
  host: '10.0.0.8_1',
  play: 'web',
  task: 'Say',
  res: {},
  ...(ev === 'ok' ? { changed: false, show: false } : {}),
  ...(ev === 'failed' ? { ignored: false } : {}),
  ...given,
});

interface Given {
  state?: RunLogState;
  end?: 'close' | 'breakOff';
}

/** The log of each host. */
function logsOf(events: readonly (Event | string)[], given: Given = {}): Record<string, string> {
  const log = new RunLog(given.state ?? { hosts: {} }, systems);
  log.add(
    parseOutput(events.map((item) => (typeof item === 'string' ? `${item}\n` : lineOf(item))).join('')),
  );
  if (given.end !== undefined) {
    log[given.end]();
  }
  return Object.fromEntries(log.chunks);
}

const logOf = (events: readonly (Event | string)[], given: Given = {}): string =>
  logsOf(events, given)['10.0.0.8_1'] ?? '';

const stars = (count: number): string => '*'.repeat(count);

describe('the log of a VM', () => {
  it('has the form that tools know', () => {
    const log = logOf(
      [
        event('ok', { play: 'basic', task: 'Prepare the VM', changed: true }),
        event('ok', { play: 'main', task: 'Gathering Facts' }),
        event('ok', { task: 'Say', res: { msg: 'hello', changed: false }, show: true }),
      ],
      { end: 'close' },
    );

    expect(log).toBe(`Launch task: basic
Call Ansible

PLAY [10.0.0.8_1] ${stars(61)}

TASK [Prepare the VM] ${stars(57)}
Friday 26 November 2021  08:35:47.578000 
changed: [10.0.0.8_1]

Task basic finished successfully
Launch task: main_wn
Call Ansible

PLAY [10.0.0.8_1] ${stars(61)}

TASK [Gathering Facts] ${stars(56)}
Friday 26 November 2021  08:35:47.578000 
ok: [10.0.0.8_1]

Task main_wn finished successfully
Launch task: web_wn
Call Ansible

PLAY [10.0.0.8_1] ${stars(61)}

TASK [Say] ${stars(68)}
Friday 26 November 2021  08:35:47.578000 
ok: [10.0.0.8_1] => {
    "msg": "hello",
    "changed": false
}

Task web_wn finished successfully
`);
  });

  it.each<[string, Event, string]>([
    ['changed', event('ok', { changed: true }), 'changed: [10.0.0.8_1]\n'],
    ['not changed', event('ok'), 'ok: [10.0.0.8_1]\n'],
    ['skipped', event('skipped'), 'skipping: [10.0.0.8_1]\n'],
    ['failed', event('failed', { res: { msg: 'no' } }), 'fatal: [10.0.0.8_1]: FAILED! => {"msg":"no"}\n'],
    [
      'failed, which is ignored',
      event('failed', { res: { msg: 'no' }, ignored: true }),
      'fatal: [10.0.0.8_1]: FAILED! => {"msg":"no"}\n...ignoring\n',
    ],
    [
      'unreachable',
      event('unreachable', { res: { msg: 'no' } }),
      'fatal: [10.0.0.8_1]: UNREACHABLE! => {"msg":"no"}\n',
    ],
    ['an item', event('item', { res: { item: 'a' }, changed: false }), 'ok: [10.0.0.8_1] => (item=a)\n'],
    [
      'a changed item',
      event('item', { res: { item: { x: 1 } }, changed: true }),
      'changed: [10.0.0.8_1] => (item={"x":1})\n',
    ],
    [
      'a failed item',
      event('item', { res: { item: 'a', msg: 'no' }, failed: true }),
      'failed: [10.0.0.8_1] (item=a) => {"item":"a","msg":"no"}\n',
    ],
    [
      'an item that is shown',
      event('item', { res: { item: 'a', msg: 'x' }, changed: false, show: true }),
      'ok: [10.0.0.8_1] => (item=a) => {\n    "item": "a",\n    "msg": "x"\n}\n',
    ],
    ['a task that is tried again', event('retry'), 'FAILED - RETRYING: [10.0.0.8_1]: Say\n'],
  ])('tells what became of a task: %s', (_name, outcome, text) => {
    expect(logOf([outcome]).split('578000 \n')[1]).toBe(text);
  });

  it('names a task once for all its items', () => {
    const log = logOf([
      event('item', { res: { item: 1 } }),
      event('item', { res: { item: 2 } }),
      event('ok'),
    ]);

    expect(log.split('TASK [')).toHaveLength(2);
  });

  it('names a task again in the next list', () => {
    const log = logOf([event('ok', { play: 'one' }), event('ok', { play: 'two' })]);

    expect(log.split('TASK [Say]')).toHaveLength(3);
  });

  it('counts the tries that failed', () => {
    const log = logOf(
      [
        event('failed'),
        { ev: 'try', hosts: ['10.0.0.8_1'], n: 1, of: 3 },
        event('ok'),
        { ev: 'result', ok: ['10.0.0.8_1'], failed: [] },
      ],
      { end: 'close' },
    );

    expect(log).toContain(
      'FAILED! => {}\n\nERROR executing task web_wn: (1/3)\nLaunch task: web_wn\nCall Ansible\n',
    );
    expect(log.endsWith('\nTask web_wn finished successfully\n')).toBe(true);
  });

  it('says when the run ended without a result', () => {
    expect(logOf([event('ok')], { end: 'breakOff' })).toContain(
      '\nERROR executing task web_wn: the run ended without a result.\n',
    );
    expect(logsOf([], { end: 'breakOff' })).toEqual({});
  });

  it('is that of its own tasks, in which other VMs do not appear', () => {
    const logs = logsOf(
      [
        event('ok'),
        event('failed', { host: '10.0.0.9_2', res: { msg: 'of the other' } }),
        { ev: 'try', hosts: ['10.0.0.9_2'], n: 1, of: 1 },
        event('ok', { host: 'unknown_7' }),
        { ev: 'text', hosts: ['10.0.0.9_2', 'unknown_7'], text: 'ERROR! a syntax error' },
      ],
      { end: 'close' },
    );

    expect(Object.keys(logs).toSorted()).toEqual(['10.0.0.8_1', '10.0.0.9_2']);
    expect(logs['10.0.0.8_1']).not.toMatch(/other|error/i);
    expect(logs['10.0.0.9_2']).toMatch(/ERROR executing task web_wn: \(1\/1\)\nERROR! a syntax error\n$/);
  });

  it('has the text of everything that is no event, but for warnings', () => {
    const logs = logsOf([
      '- downloading role nfs',
      '',
      '[WARNING]: something',
      '[DEPRECATION WARNING]: something',
      '{"a": "mapping that a program printed"}',
    ]);

    expect(logs).toEqual({
      '10.0.0.8_1': '- downloading role nfs\n{"a": "mapping that a program printed"}\n',
      '10.0.0.9_2': '- downloading role nfs\n{"a": "mapping that a program printed"}\n',
    });
  });

  it('has nothing of an event that broke off or that nobody knows', () => {
    expect(logsOf([lineOf(event('ok')).slice(0, 40), '{"im": 1, "ev": "news"}'])).toEqual({});
  });

  it('keeps letters of all languages and drops control characters', () => {
    const log = logOf([
      event('failed', { res: { msg: 'a' }, task: 'Grüße \u001b[31m日本\r\u0000\u0085' }),
      'tab\there\r\u0007',
    ]);

    expect(log).toContain('TASK [Grüße [31m日本] ');
    expect(log.endsWith('tab\there\n')).toBe(true);
    expect(log).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('goes on where it was when it is read in portions', () => {
    const events = [
      event('ok'),
      event('ok', { host: '10.0.0.9_2' }),
      event('ok', { task: 'Second' }),
      event('failed', { task: 'Third', res: { msg: 'x' } }),
      { ev: 'try', hosts: ['10.0.0.8_1'], n: 1, of: 1 },
    ];
    const state: RunLogState = { hosts: {} };
    const portions = events.map((item) => logOf([item], { state }));

    expect(portions.join('')).toBe(logOf(events));
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  describe('that is too long', () => {
    const line = event('ok', { show: true, res: { msg: 'x'.repeat(10_000) } });
    let state: RunLogState;
    let log: string;

    beforeEach(() => {
      state = { hosts: {} };
      log = Array.from({ length: 5 }, () =>
        logOf(
          Array.from({ length: 100 }, () => line),
          { state },
        ),
      ).join('');
    });

    it('goes on with a line that says so, and nothing that went well', () => {
      expect(log.length).toBeLessThan(maxVmLog + 20_000);
      expect(log).toMatch(
        /\nThe log is longer than its limit: of the rest only failures and the ends of task lists are shown\.\n$/,
      );
      expect(logOf([event('ok', { task: 'Other' }), event('skipped'), 'text'], { state })).toBe('');
      expect(logOf([event('failed', { ignored: true })], { state })).toBe('');
    });

    it('tells what failed in the end', () => {
      const rest = logOf(
        [
          event('item', { task: 'Unpack', failed: true }),
          event('failed', { task: 'Unpack', res: { msg: 'No space left on device' } }),
          'ERROR! no more hosts',
          { ev: 'try', hosts: ['10.0.0.8_1'], n: 1, of: 1 },
        ],
        { state },
      );

      expect(rest).toContain('TASK [Unpack]');
      expect(rest).toContain('fatal: [10.0.0.8_1]: FAILED! => {"msg":"No space left on device"}');
      expect(rest).toContain('ERROR! no more hosts');
      expect(rest).toContain('ERROR executing task web_wn: (1/1)');
    });

    it('tells how its task lists ended', () => {
      expect(logOf([], { state, end: 'close' })).toBe('\nTask web_wn finished successfully\n');
    });

    it('does not grow for ever, whatever fails', () => {
      const failure = event('failed', { res: { msg: 'x'.repeat(100_000) } });

      expect(
        logOf(
          Array.from({ length: 30 }, () => failure),
          { state },
        ).length,
      ).toBeLessThan(400_000);
      expect(logOf([failure], { state })).toBe('');
    });
  });
});

describe('the attribute ansible_output, computed from the log as ever', () => {
  const output = ansibleOutput(
    logOf(
      [
        event('ok', { play: 'basic', task: 'Prepare the VM' }),
        event('ok', { task: 'Same', res: { msg: 'first', changed: false }, show: true }),
        event('ok', { task: 'grycap.nfs : secret', res: { msg: 'the word', changed: false }, show: true }),
        event('ok', { task: 'Show', res: { answer: 42, changed: false }, show: true }),
        event('skipped', { task: 'Skipped' }),
        event('failed', { task: 'Ignored', res: { msg: 'x' }, ignored: true }),
        event('ok', { task: 'Loop', changed: true }),
        event('ok', { task: 'Same', res: { msg: 'last', changed: false }, show: true }),
        event('failed', { task: `A long name ${'x'.repeat(80)}`, res: { msg: 'boom' } }),
        { ev: 'try', hosts: ['10.0.0.8_1'], n: 1, of: 1 },
      ],
      { end: 'close' },
    ),
  );

  it('knows the lists of tasks', () => {
    expect(Object.keys(output)).toEqual(['basic', 'web_wn']);
  });

  it('knows the state of each task', () => {
    const states = Object.entries(output['web_wn'] ?? {}).map(([task, { state }]) => [task, state]);

    expect(states).toEqual([
      ['Same', 'ok'],
      ['grycap.nfs : secret', 'ok'],
      ['Show', 'ok'],
      ['Skipped', 'skipping'],
      ['Ignored', 'fatal'],
      ['Loop', 'changed'],
      [`A long name ${'x'.repeat(80)}`, 'fatal'],
    ]);
  });

  it('knows what tasks tell; of equal names the last', () => {
    expect(output['web_wn']?.['grycap.nfs : secret']?.output).toBe('the word');
    expect(output['web_wn']?.['Same']?.output).toBe('last');
    expect(JSON.parse(output['web_wn']?.['Show']?.output ?? '')).toMatchObject({ answer: 42 });
    expect(output['web_wn']?.['Skipped']?.output).toBeUndefined();
  });
});
