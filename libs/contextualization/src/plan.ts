import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';

/** Recipes that run beside each other: of one step, on the VMs of their systems. */
export interface UserStep {
  /** Number of the document; smaller ones run first (spec: radl.md 12). */
  step: number;
  /** In the order of the document. */
  tasks: { system: string; configure: string }[];
}

/** What a contextualization does (spec: contextualization.md 3). */
export interface ContextualizationPlan {
  /** The document switches it off: VMs count as configured at once. */
  disabled: boolean;
  /** VMs that take no part because their system has an empty configure of its own name. */
  optedOut: ReadonlySet<number>;
  /** Systems that take part. */
  userSteps: UserStep[];
}

/** Decides from the document alone what is to be run. @param vms live VMs of the infrastructure */
export function planContextualization(radl: Radl, vms: readonly Vm[]): ContextualizationPlan {
  const empty = new Set(
    radl.configures
      .filter((configure) => configure.recipe === null && !configure.reference)
      .map(({ id }) => id),
  );
  const optedOut = new Set(vms.filter((vm) => empty.has(vm.system)).map((vm) => vm.imId));
  const userSteps = stepsOf(radl);
  const disabled = isSwitchedOff(radl) || (vms.length > 0 && vms.every((vm) => optedOut.has(vm.imId)));
  return { disabled, optedOut, userSteps };
}

/**
 * `contextualize ()` switches it off, and so do items of which none is for Ansible. A section with nothing but options does not: whoever
 * names an Ansible version wants Ansible (spec: radl.md 12, "Better").
 */
function isSwitchedOff(radl: Radl): boolean {
  const section = radl.contextualize;
  if (section === undefined) {
    return false;
  }
  if (section.items.length === 0) {
    return section.options.size === 0;
  }
  return !section.items.some((item) => isAnsible(item.ctxtTool));
}

/** Items of the document by step, or one item per system with a configure of its name, at step 1. */
function stepsOf(radl: Radl): UserStep[] {
  const withRecipe = new Set(
    radl.configures.filter((configure) => configure.recipe !== null).map(({ id }) => id),
  );
  const items =
    radl.contextualize === undefined || radl.contextualize.items.length === 0
      ? radl.systems
          .filter((system) => withRecipe.has(system.id))
          .map(({ id }) => ({ system: id, configure: id, step: 1 }))
      : radl.contextualize.items.filter((item) => isAnsible(item.ctxtTool));
  const steps = new Map<number, UserStep>();
  for (const item of items) {
    if (!withRecipe.has(item.configure)) {
      continue;
    }
    const step = steps.get(item.step) ?? { step: item.step, tasks: [] };
    step.tasks.push({ system: item.system, configure: item.configure });
    steps.set(item.step, step);
  }
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

function isAnsible(tool: string | undefined): boolean {
  return tool === undefined || tool === 'Ansible';
}
