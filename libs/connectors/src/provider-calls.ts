import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderGate, Random, WorkMetrics } from '@im/domain';
import { CloudError } from '@im/domain';
import { CallSlots } from './call-slots.js';
import { toCloudError } from './provider-error.js';

/** Limits of calls to providers. */
export interface ProviderCallLimits {
  /** Milliseconds for one attempt. */
  timeoutMs: number;
  /** Attempts running at once, over all providers; one of them has four fifths of these at most. */
  maxCalls: number;
}

export interface ProviderCallPorts {
  metrics: WorkMetrics;
  random: Random;
  /** Limits shared with other processes; without it those of this process only. */
  gate?: ProviderGate;
  /** Waits between attempts; replaced by tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One call to a provider, repeatable without harm. */
export interface ProviderCall {
  cloudType: string;
  /** Name in the metric, of a small fixed set, e.g. `container.start`. */
  method: string;
  /** Who is called, for error texts: host and port, no secrets. */
  provider: string;
  signal: AbortSignal;
  /** Replaces the time limit for calls that take longer by nature. */
  timeoutMs?: number;
}

const attemptsPerCall = 3;
const firstDelayMs = 300;
/** A busy process is late by less than this, and leases live longer by far. */
const latePassMs = 250;
/** A provider that asks for a longer pause gets it from the operation, which can be woken later: no step sleeps that long. */
const longestDelayMs = 5000;

/**
 * The one way to a provider: a time limit per attempt, a few attempts with full jitter that honour Retry-After, limits on calls at
 * once, and a metric per attempt (design: architecture.md 8).
 */
export class ProviderCalls {
  private readonly slots: CallSlots;
  private readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(
    private readonly limits: ProviderCallLimits,
    private readonly ports: ProviderCallPorts,
  ) {
    this.slots = new CallSlots(limits.maxCalls);
    this.wait = ports.wait ?? ((ms, signal) => delay(ms, undefined, { signal }));
  }

  /**
   * @param attempt makes the call; must stop when the signal fires
   * @throws CloudError always: whatever `attempt` throws is mapped
   */
  async run<T>(call: ProviderCall, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.slots.run(
          call.provider,
          async () => this.ports.gate?.enter(call.provider, call.signal),
          () => this.once(call, attempt),
        );
      } catch (error) {
        const failure = toCloudError(error, call.provider);
        const pause = this.pauseBefore(tried, failure);
        if (pause === null || call.signal.aborted) {
          throw failure;
        }
        await this.wait(pause, call.signal).catch(() => {
          throw failure;
        });
      }
    }
  }

  /** Milliseconds until the next attempt, null when there is none. */
  private pauseBefore(tried: number, failure: CloudError): number | null {
    const repeatable = failure.policy.retry && failure.code !== 'Conflict';
    if (!repeatable || tried >= attemptsPerCall || (failure.retryAfterMs ?? 0) > longestDelayMs) {
      return null;
    }
    const backoff = Math.min(firstDelayMs * 2 ** (tried - 1), longestDelayMs);
    return Math.max(failure.retryAfterMs ?? 0, this.ports.random.next() * backoff);
  }

  private async once<T>(call: ProviderCall, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome = 'ok';
    try {
      return await this.limited(call, attempt);
    } catch (error) {
      const failure = toCloudError(error, call.provider);
      outcome = failure.code;
      throw failure;
    } finally {
      this.ports.metrics.cloudCall(
        call.cloudType,
        call.method,
        outcome,
        (performance.now() - started) / 1000,
      );
    }
  }

  /** Ends with the time limit even when the attempt does not listen to its signal. */
  private async limited<T>(call: ProviderCall, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    await dueTimers(call.signal);
    const timeoutMs = call.timeoutMs ?? this.limits.timeoutMs;
    const limit = new AbortController();
    const signal = AbortSignal.any([call.signal, limit.signal]);
    const seconds = Math.ceil(timeoutMs / 1000);
    const timer = setTimeout(() => {
      limit.abort(
        new CloudError('Timeout', `The provider ${call.provider} did not answer within ${seconds} seconds.`),
      );
    }, timeoutMs);
    try {
      signal.throwIfAborted();
      return await Promise.race([attempt(signal), rejectedOn(signal)]);
    } catch (error) {
      throw signal.aborted ? interruption(signal, call.provider) : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Lets all timers that are due run. A process that was frozen handles the answers that came meanwhile before its timers, among them the
 * one that tells that its lease has ended: without this it would send the next call first. The first pass brings the time of the event
 * loop up to date; one that was late may have been frozen itself, ahead of timers that were due after it.
 */
async function dueTimers(signal: AbortSignal): Promise<void> {
  await delay(0);
  let startedAt: number;
  do {
    startedAt = performance.now();
    await delay(0);
  } while (!signal.aborted && performance.now() - startedAt > latePassMs);
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(interruption(signal, '')), { once: true });
  });
}

function interruption(signal: AbortSignal, provider: string): CloudError {
  if (signal.reason instanceof CloudError) {
    return signal.reason;
  }
  return new CloudError('OutcomeUnknown', `The call to the provider ${provider} was interrupted.`, {
    cause: signal.reason,
  });
}
