import type { ImError, ProviderVmState } from '@im/domain';
import { CloudError } from '@im/domain';

/** Methods of a connector whose outcome can be scripted. */
export type ScriptedMethod =
  | 'concreteSystems'
  | 'prepare'
  | 'launch'
  | 'find'
  | 'refresh'
  | 'start'
  | 'stop'
  | 'reboot'
  | 'alter'
  | 'finalize'
  | 'cleanUp'
  | 'listImages'
  | 'quotas';

/** What one call meets. Nothing given: it succeeds at once. */
export interface ScriptedOutcome {
  /** Milliseconds before the answer, on the clock of the cloud. */
  delayMs?: number;
  /** No answer until the caller gives up. */
  hang?: boolean;
  /** Thrown instead of an answer; an ImError is one of the store, met by the ledger in the middle of the call. */
  error?: CloudError | ImError;
  /** With `error` or `hang`: the call has its effect nevertheless, visible this many milliseconds later. */
  effectAfterMs?: number;
}

/** A machine that really exists. */
export interface ScriptedMachine {
  providerId: string;
  infrastructureId: string;
  token: string;
  state: ProviderVmState;
  /** Before this time the provider does not show it. */
  visibleAt: number;
}

/** A network that really exists. */
export interface ScriptedNetwork {
  infrastructureId: string;
  token: string;
}

/** Time of a scripted cloud: virtual in simulations. */
export interface ScriptedClock {
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the process. */
export const processClock: ScriptedClock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(interrupted());
      });
    }),
};

/**
 * A provider with a table of what really exists, whose next answers a test writes beforehand. Deterministic: ids count up, and time
 * passes only on the given clock. What it holds is compared with the ledger at the end of a test.
 */
export class ScriptedCloud {
  machines: ScriptedMachine[] = [];
  networks: ScriptedNetwork[] = [];
  readonly calls: { method: ScriptedMethod; token: string }[] = [];
  private readonly nextOutcomes = new Map<ScriptedMethod, ScriptedOutcome[]>();
  private readonly standing = new Map<ScriptedMethod, ScriptedOutcome>();
  private count = 0;

  constructor(readonly clock: ScriptedClock = processClock) {}

  /** The next calls of a method meet these outcomes, one each. */
  next(method: ScriptedMethod, ...outcomes: ScriptedOutcome[]): void {
    this.nextOutcomes.set(method, [...(this.nextOutcomes.get(method) ?? []), ...outcomes]);
  }

  /** Calls of a method meet this outcome when no other is written for them; undefined: they succeed. */
  always(method: ScriptedMethod, outcome?: ScriptedOutcome): void {
    if (outcome === undefined) {
      this.standing.delete(method);
    } else {
      this.standing.set(method, outcome);
    }
  }

  /** Machines of a token that the provider shows. More than one: a launch was repeated that had succeeded. */
  machinesOf(token: string): ScriptedMachine[] {
    return this.machines.filter(
      (machine) => machine.token === token && machine.visibleAt <= this.clock.now(),
    );
  }

  /** Deletes a machine, or changes its state, without the service's knowledge. */
  meddle(token: string, state?: ProviderVmState): void {
    if (state === undefined) {
      this.machines = this.machines.filter((machine) => machine.token !== token);
    } else {
      for (const machine of this.machinesOf(token)) {
        machine.state = state;
      }
    }
  }

  /** Everything that exists, as texts; of one infrastructure or of all. */
  left(infrastructureId?: string): string[] {
    const mine = (owner: { infrastructureId: string }): boolean =>
      infrastructureId === undefined || owner.infrastructureId === infrastructureId;
    return [
      ...this.machines.filter(mine).map(({ providerId, token }) => `machine ${providerId} ${token}`),
      ...this.networks.filter(mine).map(({ token }) => `network ${token}`),
    ];
  }

  newMachine(infrastructureId: string, token: string, visibleAt: number): ScriptedMachine {
    this.count++;
    const machine: ScriptedMachine = {
      providerId: `machine-${this.count}`,
      infrastructureId,
      token,
      state: 'running',
      visibleAt,
    };
    this.machines.push(machine);
    return machine;
  }

  /**
   * Plays one call.
   * @param effect what the call does at the provider; gets the time from which it is visible
   */
  async play<T>(
    method: ScriptedMethod,
    token: string,
    signal: AbortSignal,
    effect: (visibleAt: number) => T,
  ): Promise<T> {
    this.calls.push({ method, token });
    const outcome = this.nextOutcomes.get(method)?.shift() ?? this.standing.get(method) ?? {};
    if (outcome.delayMs !== undefined) {
      await this.clock.wait(outcome.delayMs, signal);
    }
    if (outcome.effectAfterMs !== undefined) {
      effect(this.clock.now() + outcome.effectAfterMs);
    }
    if (outcome.hang === true) {
      await untilAborted(signal);
    }
    if (outcome.error !== undefined) {
      throw outcome.error;
    }
    return effect(this.clock.now());
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(interrupted());
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) {
      stop();
    }
  });
}

function interrupted(): CloudError {
  return new CloudError('OutcomeUnknown', 'The call to the scripted cloud was interrupted.');
}
