import { readFile } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProviderGate, WorkMetrics } from '@im/domain';
import { CloudError } from '@im/domain';
import { describe, expect, it, vi } from 'vitest';
import { ProviderCalls } from './provider-calls.js';
import { retryAfterMs, toCloudError } from './provider-error.js';

class Bench {
  readonly outcomes: string[] = [];
  readonly pauses: number[] = [];
  readonly abort = new AbortController();
  private readonly metrics: WorkMetrics = {
    operationFinished: () => {},
    stepFinished: () => {},
    cloudCall: (_type, method, outcome) => this.outcomes.push(`${method} ${outcome}`),
    leaseTakenOver: () => {},
  };

  readonly calls: ProviderCalls;

  constructor(given: { maxCalls?: number; timeoutMs?: number; gate?: ProviderGate } = {}) {
    const { maxCalls = 3, timeoutMs = 20, gate } = given;
    this.calls = new ProviderCalls(
      { timeoutMs, maxCalls },
      {
        metrics: this.metrics,
        random: { next: () => 0.5, secret: () => '' },
        wait: async (ms) => {
          this.pauses.push(ms);
        },
        ...(gate === undefined ? {} : { gate }),
      },
    );
  }

  run<T>(attempt: (signal: AbortSignal) => Promise<T>, provider = 'cloud.example.org'): Promise<T> {
    const call = {
      cloudType: 'Test',
      method: 'get',
      provider,
      signal: this.abort.signal,
    };
    return this.calls.run(call, attempt);
  }
}

/** Stands still, as a process that got SIGSTOP. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const failing = (error: unknown) => async (): Promise<never> => {
  throw error;
};

describe('calls to a provider', () => {
  it('are repeated after passing failures, with growing pauses, and counted one by one', async () => {
    const bench = new Bench();

    await expect(bench.run(failing(new CloudError('Unavailable', 'away')))).rejects.toThrow('away');

    expect(bench.pauses).toEqual([150, 300]);
    expect(bench.outcomes).toEqual(['get Unavailable', 'get Unavailable', 'get Unavailable']);
  });

  it('are not repeated when that cannot help', async () => {
    for (const code of [
      'InvalidInput',
      'Unauthenticated',
      'NotFound',
      'QuotaExceeded',
      'Conflict',
    ] as const) {
      const bench = new Bench();
      await expect(bench.run(failing(new CloudError(code, 'no')))).rejects.toMatchObject({ code });
      expect(bench.outcomes).toEqual([`get ${code}`]);
    }
  });

  it('wait as long as the provider asks, and give up when that is long', async () => {
    const short = new Bench();
    const long = new Bench();

    await expect(
      short.run(failing(new CloudError('RateLimited', 'x', { retryAfterMs: 2000 }))),
    ).rejects.toThrow();
    await expect(
      long.run(failing(new CloudError('RateLimited', 'x', { retryAfterMs: 60_000 }))),
    ).rejects.toThrow();

    expect(short.pauses).toEqual([2000, 2000]);
    expect(long.pauses).toEqual([]);
  });

  it('end with the time limit even when nothing listens to it', async () => {
    const bench = new Bench();

    await expect(bench.run(() => new Promise(() => {}))).rejects.toMatchObject({
      code: 'Timeout',
      message: 'The provider cloud.example.org did not answer within 1 seconds.',
    });
  });

  it('end at once when the step is stopped, with an unknown outcome', async () => {
    const bench = new Bench();
    const running = bench.run(() => new Promise(() => {}));

    bench.abort.abort();

    await expect(running).rejects.toMatchObject({ code: 'OutcomeUnknown' });
    expect(bench.outcomes).toHaveLength(1);
  });

  it('are not made by a process that was frozen until it knows what ended meanwhile', async () => {
    const bench = new Bench({ timeoutMs: 60_000 });
    let made = false;
    const answer = () =>
      new Promise<void>((resolve, reject) => {
        readFile(import.meta.filename, (error) => {
          setTimeout(() => bench.abort.abort(), 20);
          freeze(40);
          if (error === null) {
            resolve();
          } else {
            reject(error);
          }
        });
      });

    await bench.run(answer);
    const next = bench.run(async () => {
      made = true;
    });

    await expect(next).rejects.toMatchObject({ code: 'OutcomeUnknown' });
    expect(made).toBe(false);
  });

  it.each([
    [5, 1, 4],
    [5, 8, 5],
    [1, 1, 1],
  ])(
    'run only so many at once: of %i allowed, to %i providers, %i',
    async (maxCalls, providers, expected) => {
      const bench = new Bench({ maxCalls, timeoutMs: 60_000 });
      let running = 0;
      let most = 0;
      let answer: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const calls = Array.from({ length: 16 }, (_, index) =>
        bench.run(
          async () => {
            running++;
            most = Math.max(most, running);
            await answered;
            running--;
          },
          `cloud-${index % providers}.example.org`,
        ),
      );

      await vi.waitFor(() => {
        expect(running).toBe(expected);
      });
      answer();
      await Promise.all(calls);

      expect(most).toBe(expected);
    },
  );

  it('reach a provider while all that may be made to another one wait for its answer', async () => {
    const bench = new Bench({ timeoutMs: 60_000 });
    const silent = Array.from({ length: 10 }, () =>
      bench.run(
        (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
        'silent',
      ),
    );

    await expect(bench.run(async () => 'an answer', 'other')).resolves.toBe('an answer');

    bench.abort.abort();
    await Promise.allSettled(silent);
  });

  it('reach a provider while those to another one wait for the limit that workers share', async () => {
    const gate: ProviderGate = {
      enter: async (provider, signal) => {
        if (provider === 'busy') {
          await delay(3_600_000, undefined, { signal });
        }
        return () => undefined;
      },
    };
    const bench = new Bench({ gate });
    const waiting = Array.from({ length: 10 }, () => bench.run(async () => 'never', 'busy'));

    await expect(bench.run(async () => 'an answer', 'other')).resolves.toBe('an answer');

    bench.abort.abort();
    await Promise.allSettled(waiting);
  });
});

describe('failures of a provider', () => {
  it.each([
    ['ECONNREFUSED', 'Unavailable', 'refuses the connection'],
    ['ENOTFOUND', 'Unavailable', 'has a name that cannot be resolved'],
    ['ECONNRESET', 'Unavailable', 'closed the connection'],
    ['ENOENT', 'Unavailable', 'has no socket at this path'],
    ['HPE_INVALID_CONSTANT', 'InvalidInput', 'does not speak the expected protocol'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'Unauthenticated', 'check the certificates'],
    ['EWHATEVER', 'Internal', 'failed: boom'],
  ])('say what happened: %s', (code, expected, text) => {
    const error = toCloudError(Object.assign(new Error('boom'), { code }), 'cloud.example.org');

    expect(error.code).toBe(expected);
    expect(error.message).toContain('cloud.example.org');
    expect(error.message).toContain(text);
  });

  it('tell when to come back, in seconds or as a date', () => {
    expect(retryAfterMs('7', 0)).toBe(7000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 4000)).toBe(5000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4000)).toBe(0);
    expect(retryAfterMs('soon', 0)).toBeUndefined();
    expect(retryAfterMs(undefined, 0)).toBeUndefined();
  });
});
