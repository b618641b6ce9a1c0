import type { WorkMetrics } from '@im/domain';
import { CloudError } from '@im/domain';
import { describe, expect, it } from 'vitest';
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

  readonly calls = new ProviderCalls(
    { timeoutMs: 20, maxCalls: 2 },
    {
      metrics: this.metrics,
      random: { next: () => 0.5, secret: () => '' },
      wait: async (ms) => {
        this.pauses.push(ms);
      },
    },
  );

  run<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = {
      cloudType: 'Test',
      method: 'get',
      provider: 'cloud.example.org',
      signal: this.abort.signal,
    };
    return this.calls.run(call, attempt);
  }
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

  it('run only so many at once', async () => {
    const bench = new Bench();
    let running = 0;
    let most = 0;

    await Promise.all(
      Array.from({ length: 6 }, () =>
        bench.run(async () => {
          running++;
          most = Math.max(most, running);
          await Promise.resolve();
          running--;
        }),
      ),
    );

    expect(most).toBe(2);
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
