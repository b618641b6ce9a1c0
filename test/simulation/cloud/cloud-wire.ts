import type { CloudErrorCode } from '@im/domain';
import { CloudError } from '@im/domain';
import type { Actor } from '../world/actor.js';
import type { Scheduler } from '../world/scheduler.js';
import type { Weather } from '../world/weather.js';

/** Refusals: the call had no effect. */
const refusals: readonly CloudErrorCode[] = [
  'RateLimited',
  'RateLimited',
  'Conflict',
  'Conflict',
  'Unavailable',
  'Internal',
  'QuotaExceeded',
  'PermissionDenied',
  'Unauthenticated',
  'InvalidInput',
  'NotFound',
];
/** Answers that say nothing about the effect. */
const unclear: readonly CloudErrorCode[] = ['Unavailable', 'Timeout', 'OutcomeUnknown', 'Internal'];

/** A connector gives a call up after this time. */
const callTimeoutMs = 20_000;
/** A cloud is done with what it was asked for before callers give up, and long before a lease ends. */
const slowestMs = 15_000;

/** What happens to one call on its way. */
type Fate = 'answered' | 'refused' | 'unclear' | 'silent' | 'lost';

/**
 * The way between a process and a cloud. A call that was sent is on its own: it has its effect although the caller died, sleeps or gave
 * up meanwhile.
 */
export class CloudWire {
  constructor(
    private readonly actor: Actor,
    private readonly scheduler: Scheduler,
    private readonly weather: Weather,
  ) {}

  /**
   * @param effect what the cloud does when the call arrives; it may throw a CloudError
   * @param onSent told when the call is sent
   * @throws CloudError, also when `signal` ends the wait for the answer
   */
  async call<T>(
    label: string,
    signal: AbortSignal,
    effect: () => T,
    onSent: () => void = () => undefined,
  ): Promise<T> {
    await this.beforeCall();
    if (signal.aborted) {
      throw interrupted();
    }
    onSent();
    const fate = this.drawFate();
    return new Promise<T>((resolve, reject) => {
      const cancelTimeout = this.actor.after(callTimeoutMs, () => {
        reject(new CloudError('Timeout', `The cloud did not answer ${label} in time.`));
      });
      signal.addEventListener('abort', () => reject(interrupted()), { once: true });
      const answer = (deliver: () => void): void => {
        void this.actor.turn(`cloud answers ${label}`).then(() => {
          cancelTimeout();
          deliver();
        });
      };
      this.scheduler.after(this.travelTime(), {
        actor: null,
        label: `cloud does ${label} (${fate})`,
        run: () => {
          arrive(fate, effect, answer, resolve, reject, () => this.errorOf(fate, label));
        },
      });
    });
  }

  /** As the real one (ProviderCalls): who has just woken learns what ended meanwhile before it calls. */
  private async beforeCall(): Promise<void> {
    let startedAt: number;
    do {
      startedAt = this.actor.now();
      await this.actor.turn('due timers', 0);
    } while (this.actor.now() > startedAt);
  }

  private drawFate(): Fate {
    if (this.weather.strikes('cloudError')) {
      return 'refused';
    }
    if (this.weather.strikes('cloudErrorAfterWork')) {
      return 'unclear';
    }
    if (this.weather.strikes('cloudSilent')) {
      return 'silent';
    }
    return this.weather.strikes('cloudLost') ? 'lost' : 'answered';
  }

  private travelTime(): number {
    return this.weather.strikes('cloudSlow')
      ? this.weather.chance.next() * slowestMs
      : 5 + this.weather.chance.next() * 200;
  }

  private errorOf(fate: Fate, label: string): CloudError {
    const code = this.weather.chance.pick(fate === 'refused' ? refusals : unclear);
    const options = code === 'RateLimited' ? { retryAfterMs: this.weather.chance.whole(0, 10_000) } : {};
    return new CloudError(code, `The cloud answers ${label} with ${code}.`, options);
  }
}

function arrive<T>(
  fate: Fate,
  effect: () => T,
  answer: (deliver: () => void) => void,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
  error: () => CloudError,
): void {
  if (fate === 'lost') {
    return;
  }
  if (fate === 'refused') {
    const refusal = error();
    answer(() => reject(refusal));
    return;
  }
  let deliver: () => void;
  try {
    const value = effect();
    deliver = () => resolve(value);
  } catch (failure) {
    deliver = () => reject(failure);
  }
  if (fate === 'unclear') {
    const failure = error();
    deliver = () => reject(failure);
  }
  if (fate !== 'silent') {
    answer(deliver);
  }
}

function interrupted(): CloudError {
  return new CloudError('OutcomeUnknown', 'The call to the cloud was interrupted.');
}
