import { parseRadl, parseRadlJson } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { vmWith } from '../../../test/contextualization/vms.js';
import type { ContextualizationPlan } from './plan.js';
import { planContextualization } from './plan.js';

const systems = `
system front (cpu.count >= 1)
system wn (cpu.count >= 1)
`;

const recipe = (name: string): string => `configure ${name} (\n@begin\n- tasks: []\n@end\n)\n`;

/** Plan of a document for one VM of `front` and two of `wn`. */
function planOf(text: string): ContextualizationPlan {
  const vms = [
    vmWith(0, { system: 'front', publicIp: null }),
    vmWith(1, { system: 'wn', privateIp: null }),
    vmWith(2, { system: 'wn', privateIp: null }),
  ];
  return planContextualization(parseRadl(systems + text), vms);
}

/** `<step>: <configure>@<system> ...` */
const stepsOf = (plan: ContextualizationPlan): string[] =>
  plan.userSteps.map(
    ({ step, tasks }) =>
      `${step}: ${tasks.map(({ system, configure }) => `${configure}@${system}`).join(' ')}`,
  );

describe('a contextualization is switched off', () => {
  it.each([
    ['by an empty section', `contextualize ()${recipe('front')}`],
    ['by an empty section with a time', `contextualize 100 ()${recipe('front')}`],
    [
      'by items for cloud-init alone',
      `contextualize (system front configure a with cloud_init)${recipe('a')}`,
    ],
    ['when every system opts out', 'configure front ()\nconfigure wn ()'],
  ])('%s', (_name, text) => {
    expect(planOf(text).disabled).toBe(true);
  });

  it('by an object of JSON without items', () => {
    const radl = parseRadlJson(
      JSON.stringify([{ class: 'system', id: 'front' }, { class: 'contextualize' }]),
    );

    expect(planContextualization(radl, [vmWith(0, { publicIp: null })]).disabled).toBe(true);
  });
});

describe('a contextualization takes place', () => {
  it.each([
    ['without a section', recipe('front')],
    ['without a section and without recipes', ''],
    [
      'with one item for Ansible among others',
      `contextualize (
      system front configure a with cloud_init
      system wn configure a)${recipe('a')}`,
    ],
    [
      'with an item that names Ansible',
      `contextualize (system front configure a with Ansible)${recipe('a')}`,
    ],
    ['with items whose recipe is empty', 'contextualize (system front configure a)\nconfigure a ()'],
    [
      'with options alone: who names a version wants it',
      `contextualize (option ansible_version = '9.5.1')${recipe('front')}`,
    ],
    ['when one of the systems opts out', 'configure front ()'],
  ])('%s', (_name, text) => {
    expect(planOf(text).disabled).toBe(false);
  });
});

describe('an infrastructure without VMs', () => {
  it('is not switched off by that alone', () => {
    expect(planContextualization(parseRadl(systems), []).disabled).toBe(false);
  });
});

describe('a system with an empty configure of its own name', () => {
  it('takes no part, with all its VMs', () => {
    expect(planOf('configure wn ()').optedOut).toEqual(new Set([1, 2]));
  });

  it('takes part when the configure is only named, or holds a recipe', () => {
    expect(planOf(`configure wn\n${recipe('front')}`).optedOut).toEqual(new Set());
  });

  it('is not another system of a similar name', () => {
    expect(planOf('configure wnx ()\nconfigure fron ()').optedOut).toEqual(new Set());
  });
});

describe('the steps of the user', () => {
  it('are those of the document, in the order of their numbers', () => {
    const plan = planOf(`contextualize (
      system front configure last step 10
      system wn configure first step 2
      system front configure first step 2
    )${recipe('first')}${recipe('last')}`);

    expect(stepsOf(plan)).toEqual(['2: first@wn first@front', '10: last@front']);
  });

  it('keep the order of the document within a step', () => {
    const plan = planOf(`contextualize (
      system front configure c step 1
      system front configure a step 1
      system front configure b step 1
    )${recipe('a')}${recipe('b')}${recipe('c')}`);

    expect(stepsOf(plan)).toEqual(['1: c@front a@front b@front']);
  });

  it('have number 0 when they have none', () => {
    const plan = planOf(`contextualize (
      system front configure a step 1
      system front configure b
    )${recipe('a')}${recipe('b')}`);

    expect(stepsOf(plan)).toEqual(['0: b@front', '1: a@front']);
  });

  it.each([
    ['without a section', ''],
    ['with a section of options alone', "contextualize (option ansible_version = '9.5.1')"],
  ])('are the configures with the names of systems, at step 1, %s', (_name, section) => {
    const plan = planOf(`${section}${recipe('wn')}${recipe('front')}${recipe('other')}`);

    expect(stepsOf(plan)).toEqual(['1: front@front wn@wn']);
  });

  it('are only those of the section when there is one', () => {
    expect(stepsOf(planOf(`contextualize (system wn configure a)${recipe('a')}${recipe('front')}`))).toEqual([
      '0: a@wn',
    ]);
  });

  it('leave out what is for cloud-init, and configures without a recipe', () => {
    const plan = planOf(`contextualize (
      system front configure a
      system front configure b with cloud_init
      system front configure empty
      system wn configure nowhere
    )${recipe('a')}${recipe('b')}configure empty ()`);

    expect(stepsOf(plan)).toEqual(['0: a@front']);
  });
});
