import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import { decryptVault, isVault } from './ansible-vault.js';
import { inventoryName } from './inventory.js';
import type { Play } from './merge-playbooks.js';
import { playsOf, userPlay } from './merge-playbooks.js';
import type { UserStep } from './plan.js';
import { printYaml } from './recipe-yaml.js';
import { isLinux, vaultPassword } from './vm-access.js';

/** Playbooks of a run, in the form of assets/im_supervisor.py. */
export interface Queue {
  /** Inventory names. */
  hosts: string[];
  /** Paths, run in order. */
  playbooks: string[];
  /** The playbooks ask for their host by the variable IM_HOST; without it they are limited to `hosts`. */
  byVariable?: boolean;
}

/** Recipes as playbooks on the control node. */
export interface UserPlaybooks {
  /** One list of queues per step of the document. */
  stages: Queue[][];
  files: { path: string; text: string }[];
}

export interface UserPlaybooksInput {
  radl: Radl;
  targets: readonly Vm[];
  steps: readonly UserStep[];
  /** VMs whose steps are run; null: all. */
  onlyOf: readonly number[] | null;
  /** Folder of the infrastructure on the control node. */
  folder: string;
}

const fileName = /[^A-Za-z0-9_.-]/g;

/**
 * The recipes of the document as playbooks. Each VM has its own run of a recipe, since recipes may be written for a play of one host
 * (`run_once`, `serial`, roles that use them...). A step whose recipes plainly hold nothing of that kind is one run for all its VMs,
 * which has the same effect and is faster (spec: contextualization.md 10.3, J).
 */
export function userPlaybooks(input: UserPlaybooksInput): UserPlaybooks {
  const result: UserPlaybooks = { stages: [], files: [] };
  for (const step of input.steps) {
    const tasks = step.tasks.flatMap((task) => tasksOf(input, task));
    if (tasks.length === 0) {
      continue;
    }
    const together = tasks.every(({ recipe, vms }) => !dependsOnPlay.test(recipe) && vms.every(isLinux));
    const { queues, files } = together
      ? groupStage(input.folder, step.step, tasks)
      : singleStage(input.folder, tasks);
    result.stages.push(queues);
    result.files.push(...files);
  }
  return result;
}

interface Stage {
  queues: Queue[];
  files: UserPlaybooks['files'];
}

/** A recipe with the VMs it is for. */
interface Task {
  configure: string;
  system: string;
  /** Text of the recipe, decrypted. */
  recipe: string;
  plays: Play[];
  vms: Vm[];
}

/** A recipe that is no list of plays is nothing to run. */
function tasksOf(input: UserPlaybooksInput, { system, configure }: UserStep['tasks'][number]): Task[] {
  const text = input.radl.configures.find(({ id }) => id === configure)?.recipe ?? '';
  const vms = input.targets.filter(
    (vm) => vm.system === system && (input.onlyOf === null || input.onlyOf.includes(vm.imId)),
  );
  const [example] = vms;
  if (example === undefined) {
    return [];
  }
  const recipe = isVault(text) ? decryptVault(text, vaultPassword(example) ?? '') : text;
  const plays = playsOf(recipe);
  return plays.length === 0 ? [] : [{ configure, system, recipe, plays, vms }];
}

/** Words whose meaning depends on which hosts a play has, or that bring in files which may hold them. */
const dependsOnPlay =
  /\b(run_once|serial|throttle|order|any_errors_fatal|max_fail_percentage|ansible_play_\w+|play_hosts|strategy|delegate_facts|roles?|include\w*|import\w*|vars_prompt|meta|IM_HOST)\b|^\s*-?\s*hosts\s*:/m;

/** The same recipe for several systems is one play, so that their VMs run beside each other. */
function groupStage(folder: string, step: number, tasks: readonly Task[]): Stage {
  const path = `${folder}/step_${step}_task.yml`;
  const merged: (Pick<Task, 'configure' | 'plays'> & { hosts: string[] })[] = [];
  for (const { configure, plays, vms } of tasks) {
    const hosts = vms.map(inventoryName);
    const last = merged.at(-1);
    if (last?.configure === configure) {
      last.hosts.push(...hosts);
    } else {
      merged.push({ configure, plays, hosts });
    }
  }
  const plays = merged.flatMap((task) =>
    task.plays.map((play) =>
      userPlay(play, {
        name: task.configure,
        hosts: task.hosts.join(':'),
        become: true,
        strategy: 'free',
      }),
    ),
  );
  const hosts = [...new Set(merged.flatMap((task) => task.hosts))];
  return { queues: [{ hosts, playbooks: [path] }], files: [{ path, text: printYaml(plays) }] };
}

/** One queue per VM, with its recipes in the order of the document. */
function singleStage(folder: string, tasks: readonly Task[]): Stage {
  const queues = new Map<number, Queue>();
  const files: UserPlaybooks['files'] = [];
  for (const { configure, system, plays, vms } of tasks) {
    const path = `${folder}/${`${configure}_${system}_task.yml`.replace(fileName, '_')}`;
    const header = { name: configure, hosts: '{{IM_HOST}}', become: vms.every(isLinux) };
    files.push({ path, text: printYaml(plays.map((play) => userPlay(play, header))) });
    for (const vm of vms) {
      const queue = queues.get(vm.imId) ?? { hosts: [inventoryName(vm)], playbooks: [], byVariable: true };
      queue.playbooks.push(path);
      queues.set(vm.imId, queue);
    }
  }
  return { queues: [...queues.values()], files };
}
