import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, ProviderGate } from '@im/domain';
import { messageOf } from '@im/domain';
import type { RedisClient } from './redis-connection.js';
import { isReady } from './redis-connection.js';

export interface SharedLimits {
  /** PROVIDER_MAX_CALLS: calls to one provider at once, over all workers; 0: no limit. */
  maxCalls: number;
  /** PROVIDER_CALLS_PER_SECOND: begun calls to one provider per second, over all workers; 0: no limit. */
  callsPerSecond: number;
  /** How long a place is kept by a worker that does not give it back, because it died: longer than any call. */
  placeMs: number;
}

/** Calls to a provider that may begin together before the rate counts: one second of them. */
const burstMs = 1_000;
const shortestWaitMs = 20;
const longestWaitMs = 1_000;

/**
 * KEYS: places, rate. ARGV: places at most, ms per call, own token, ms a place is kept, burst in ms.
 * Answers 0 for "go", else how many milliseconds to wait. Time is that of Redis.
 */
const enterScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local most, perCall = tonumber(ARGV[1]), tonumber(ARGV[2])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= most then return 50 end
end
if perCall > 0 then
  local due = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), now)
  if due - now > tonumber(ARGV[5]) then return math.ceil(due - now - tonumber(ARGV[5])) end
  redis.call('SET', KEYS[2], string.format('%.3f', due + perCall), 'PX', 60000)
end
if most > 0 then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[3])
  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[4]))
end
return 0`;

/**
 * Limits of calls to one provider that all workers keep together, counted in Redis. While Redis is away each worker keeps its own
 * limit only (MAX_CLOUD_CALLS): a provider that is asked too much says so, and the calls are repeated.
 */
export class SharedProviderLimit implements ProviderGate {
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly limits: SharedLimits,
    private readonly logger: Logger,
  ) {}

  async enter(provider: string, signal: AbortSignal): Promise<() => void> {
    const { maxCalls, callsPerSecond } = this.limits;
    if (maxCalls === 0 && callsPerSecond === 0) {
      return () => undefined;
    }
    const token = randomUUID();
    for (;;) {
      const waitMs = await this.ask(provider, token);
      if (waitMs <= 0) {
        return () => {
          void this.leave(provider, token);
        };
      }
      const bounded = Math.min(Math.max(waitMs, shortestWaitMs), longestWaitMs);
      await delay(bounded * (0.5 + Math.random()), undefined, { signal });
    }
  }

  /** @returns milliseconds to wait, 0: go. Never rejects */
  private async ask(provider: string, token: string): Promise<number> {
    if (!isReady(this.redis)) {
      return 0;
    }
    const { maxCalls, callsPerSecond, placeMs } = this.limits;
    const perCall = callsPerSecond === 0 ? 0 : 1_000 / callsPerSecond;
    try {
      const answer = await this.redis.eval(
        enterScript,
        2,
        this.placesKey(provider),
        `${this.prefix}:rate:${provider}`,
        maxCalls,
        perCall,
        token,
        placeMs,
        burstMs,
      );
      return Number(answer);
    } catch (error) {
      this.logger.debug('The shared limit of calls could not be asked', {
        provider,
        cause: messageOf(error),
      });
      return 0;
    }
  }

  /** Never rejects: a place that is not given back ends by itself. */
  private async leave(provider: string, token: string): Promise<void> {
    if (this.limits.maxCalls > 0 && isReady(this.redis)) {
      await this.redis.zrem(this.placesKey(provider), token).catch((error: unknown) => {
        this.logger.debug('A place at a provider was not given back', { provider, cause: messageOf(error) });
      });
    }
  }

  private placesKey(provider: string): string {
    return `${this.prefix}:calls:${provider}`;
  }
}
