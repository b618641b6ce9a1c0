import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import { decryptVault, isVault } from './ansible-vault.js';
import { inventoryName } from './inventory.js';
import type { UserStep } from './plan.js';
import { plainFileName } from './remote-files.js';
import type { PlayHeader } from './user-recipe.js';
import { UserRecipe } from './user-recipe.js';
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
  files: UserPlaybook[];
}

export interface UserPlaybook {
  path: string;
  text: string;
  /** It was encrypted: the file exists only while a run does. */
  secret: boolean;
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

/**
 * The recipes of the document as playbooks. Each VM has its own run of a recipe, since recipes may be written for a play of one host
 * (`run_once`, `serial`, roles that use them...). A step whose recipes plainly hold nothing of that kind is one run for the VMs of a system,
 * which has the same effect and is faster (spec: contextualization.md 10.3, J).
 */
export function userPlaybooks(input: UserPlaybooksInput): UserPlaybooks {
  const result: UserPlaybooks = { stages: [], files: [] };
  for (const step of input.steps) {
    const tasks = step.tasks.flatMap((task) => tasksOf(input, task));
    if (tasks.length === 0) {
      continue;
    }
    const together = tasks.every(({ recipe, vms }) => !dependsOnPlay(recipe) && vms.every(isLinux));
    const shared = together ? sharedTasks(tasks) : tasks;
    result.stages.push(together ? groupQueues(input.folder, shared) : singleQueues(input.folder, shared));
    result.files.push(...shared.flatMap((task) => playbookOf(input.folder, task, together)));
  }
  return result;
}

/** A recipe with the VMs it is for. */
interface Task {
  configure: string;
  system: string;
  /** Text of the recipe, decrypted. */
  recipe: string;
  wasEncrypted: boolean;
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
  const wasEncrypted = isVault(text);
  const recipe = wasEncrypted ? decryptVault(text, vaultPassword(example) ?? '') : text;
  return UserRecipe.read(recipe) === null ? [] : [{ configure, system, recipe, wasEncrypted, vms }];
}

/** Words whose meaning depends on which hosts a play has, that hosts cannot go through by themselves, or that bring in files with them. */
const wordsOfPlays =
  /\b(run_once|serial|throttle|order|any_errors_fatal|max_fail_percentage|ansible_play_\w+|play_hosts|strategy|delegate_facts|roles?|include\w*|import\w*|vars_prompt|meta|pause|add_host|IM_HOST)\b/;

function dependsOnPlay(recipe: string): boolean {
  return wordsOfPlays.test(recipe) || UserRecipe.read(recipe)?.namesHosts === true;
}

function playbookPath(folder: string, { configure, system }: Task): string {
  return `${folder}/${plainFileName(`${configure}_${system}_task.yml`)}`;
}

function playbookOf(folder: string, task: Task, together: boolean): UserPlaybook[] {
  const header: PlayHeader = together
    ? { name: task.configure, hosts: task.vms.map(inventoryName), become: true, strategy: 'free' }
    : { name: task.configure, hosts: ['{{IM_HOST}}'], become: task.vms.every(isLinux) };
  const text = UserRecipe.read(task.recipe)?.print(header);
  return text === undefined ? [] : [{ path: playbookPath(folder, task), text, secret: task.wasEncrypted }];
}

/** Systems with the same recipes in the same order share their runs. */
function sharedTasks(tasks: readonly Task[]): Task[] {
  const recipesOf = (system: string): string =>
    JSON.stringify(tasks.filter((task) => task.system === system).map(({ configure }) => configure));
  const shared = new Map<string, Task>();
  for (const task of tasks) {
    const key = `${recipesOf(task.system)} ${task.configure}`;
    const first = shared.get(key);
    shared.set(key, first === undefined ? task : { ...first, vms: [...first.vms, ...task.vms] });
  }
  return [...shared.values()];
}

/**
 * One queue per system. A playbook has the same hosts in all its plays, since Ansible ends with a play whose hosts have all failed,
 * whatever hosts the next play is for.
 */
function groupQueues(folder: string, tasks: readonly Task[]): Queue[] {
  const queues = new Map<string, Queue>();
  for (const task of tasks) {
    const queue = queues.get(task.system) ?? { hosts: task.vms.map(inventoryName), playbooks: [] };
    queue.playbooks.push(playbookPath(folder, task));
    queues.set(task.system, queue);
  }
  return [...queues.values()];
}

/** One queue per VM, with its recipes in the order of the document. */
function singleQueues(folder: string, tasks: readonly Task[]): Queue[] {
  const queues = new Map<number, Queue>();
  for (const task of tasks) {
    for (const vm of task.vms) {
      const queue = queues.get(vm.imId) ?? { hosts: [inventoryName(vm)], playbooks: [], byVariable: true };
      queue.playbooks.push(playbookPath(folder, task));
      queues.set(vm.imId, queue);
    }
  }
  return [...queues.values()];
}
