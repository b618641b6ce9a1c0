/** What is known when a read begins. */
export interface ReadStart {
  /** VMs that must be in the answer unless they are removed meanwhile. */
  present: ReadonlySet<string>;
  /** VMs that must not. */
  gone: ReadonlySet<string>;
  growing: boolean;
  /** Number of the pause between two changes; null while something is being changed. */
  pause: number | null;
}

const ranks: Readonly<Record<string, number>> = { pending: 0, running: 1, configured: 2 };

/**
 * What the service told the one client of an infrastructure, and what follows for every later answer: what was there once is there
 * until its removal was asked for, what was gone once is gone for ever.
 */
export class Told {
  /** VMs that an answer named, and that are not removed. */
  readonly vms = new Set<string>();
  /** CPUs of VMs that were altered. */
  readonly cpus = new Map<string, number>();
  private readonly seen = new Set<string>();
  private readonly leaving = new Set<string>();
  private readonly gone = new Set<string>();
  private readonly states = new Map<string, string>();
  private growing = false;
  private pauses = 0;
  private changing = false;

  /** Of the infrastructure; blank until it is told. */
  id = '';

  /** Every VM that an answer ever named. */
  get everTold(): string[] {
    return [...this.vms, ...this.gone].sort();
  }

  /** VMs are being removed. */
  get isShrinking(): boolean {
    return this.leaving.size > 0;
  }

  /** VMs are being added. */
  grows(): void {
    this.changes();
    this.growing = true;
  }

  /** @returns what is wrong */
  grown(vms: readonly string[]): string[] {
    const problems = vms
      .filter((vm) => this.vms.has(vm) || this.gone.has(vm))
      .map((vm) => `VM ${vm} is new although it was there before`);
    vms.forEach((vm) => this.vms.add(vm));
    problems.push(
      ...[...this.seen].filter((vm) => !this.vms.has(vm)).map((vm) => `VM ${vm} belongs to nobody's request`),
    );
    this.seen.clear();
    this.growing = false;
    this.changed();
    return problems;
  }

  /** The removal of VMs is asked for. */
  shrinks(vms: readonly string[]): void {
    this.changes();
    vms.forEach((vm) => this.leaving.add(vm));
  }

  shrunk(vms: readonly string[]): void {
    for (const vm of vms) {
      this.vms.delete(vm);
      this.leaving.delete(vm);
      this.gone.add(vm);
      this.cpus.delete(vm);
    }
    this.changed();
  }

  /** Anything is being changed. */
  changes(): void {
    this.changing = true;
    this.states.clear();
  }

  /** The change was confirmed. */
  changed(): void {
    this.changing = false;
    this.pauses++;
  }

  beginRead(): ReadStart {
    return {
      present: new Set([...this.vms, ...this.seen].filter((vm) => !this.leaving.has(vm))),
      gone: new Set(this.gone),
      growing: this.growing,
      pause: this.changing ? null : this.pauses,
    };
  }

  /** Compares an answer with what was known when it was asked for. @returns what is wrong */
  read(start: ReadStart, vms: readonly string[]): string[] {
    const shown = new Set(vms);
    const lost = [...start.present].filter(
      (vm) => !shown.has(vm) && !this.leaving.has(vm) && !this.gone.has(vm),
    );
    const risen = vms.filter((vm) => start.gone.has(vm));
    const strange = vms.filter(
      (vm) => !this.vms.has(vm) && !this.gone.has(vm) && !start.growing && !this.growing,
    );
    for (const vm of vms) {
      if (this.growing && !this.vms.has(vm)) {
        this.seen.add(vm);
      }
    }
    return [
      ...(shown.size === vms.length ? [] : [`VMs are named twice: ${vms.join(', ')}`]),
      ...lost.map((vm) => `VM ${vm} is not there any more`),
      ...risen.map((vm) => `VM ${vm} is there again`),
      ...strange.map((vm) => `VM ${vm} was never asked for`),
    ];
  }

  /** Compares states with those of the last answer; they only go forward while nothing is changed. @returns what is wrong */
  readStates(start: ReadStart, states: Readonly<Record<string, string>>): string[] {
    const quiet = !this.changing && start.pause === this.pauses;
    return Object.entries(states).flatMap(([vm, state]) => {
      if (this.leaving.has(vm) || this.gone.has(vm)) {
        return [];
      }
      const rank = ranks[state];
      if (rank === undefined) {
        return [`VM ${vm} is ${state}`];
      }
      const before = this.states.get(vm);
      if (!quiet) {
        return [];
      }
      this.states.set(vm, state);
      return before !== undefined && rank < (ranks[before] ?? 0)
        ? [`VM ${vm} went from ${before} to ${state}`]
        : [];
    });
  }
}
