import type { Logger, Notifier, WakeUp, WakeUpQueue } from '@im/domain';
import { ImError, messageOf, wakeUpKey } from '@im/domain';
import type { Job } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import { wakeUpTopic } from '../queue/in-process-queue.js';
import type { Timers } from '../timers.js';
import { RedisBreaker } from './redis-breaker.js';
import type { RedisClient } from './redis-connection.js';
import { commandTimeoutMs, isReady } from './redis-connection.js';
import { fromJob, jobOptions, toJob } from './wake-up-job.js';

/** How soon the jobs of a dead worker are handed out again; nothing depends on it but time (design: dependencies.md 3). */
const lockMs = 10_000;
const stalledCheckMs = 5_000;
/** The database counts attempts; Redis never gives a wake-up up. */
const neverGiveUp = 1_000_000;
/** A worker that cannot reach the database leaves wake-ups to others for so long. */
const restMs = 2_000;
const keepFailed = { age: 7 * 86_400, count: 1_000 };

export interface RedisQueueParts {
  /** Of the use `commands`. */
  sender: RedisClient;
  /** A connection of the use `waiting`, opened when work begins. */
  openReceiver(): RedisClient;
  /** Begins all keys of BullMQ, with a hash tag so that a cluster keeps them together. */
  prefix: string;
  /** Name of the queue. */
  name: string;
  notifier: Notifier;
  /** Takes wake-ups while Redis is away: the queue of this process, or nobody. */
  fallback: WakeUpQueue | null;
  timers: Timers;
  logger: Logger;
}

type WorkFunction = (wakeUp: WakeUp, signal: AbortSignal) => Promise<void>;

/**
 * Wake-ups over BullMQ. What Redis loses is found again by the reconciler; while it is away, a worker works from its own queue, and a
 * process that only sends leaves the rows to the reconcilers of the workers.
 */
export class RedisQueue implements WakeUpQueue {
  private readonly queue: Queue;
  private readonly breaker: RedisBreaker;
  private worker: Worker | null = null;
  private receiver: RedisClient | null = null;
  private shutdown = new AbortController();
  private rests = false;

  constructor(private readonly parts: RedisQueueParts) {
    const { sender, prefix, name, timers } = parts;
    this.breaker = new RedisBreaker(timers);
    this.queue = new Queue(name, {
      connection: sender,
      prefix,
      skipVersionCheck: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: keepFailed },
    });
    this.queue.on('error', () => undefined);
  }

  async wake(wakeUp: WakeUp, delayMs = 0): Promise<void> {
    const { sender, fallback, notifier, logger } = this.parts;
    if (delayMs <= 0 && wakeUp.kind !== 'launch') {
      // Whoever works on it looks again now, not only after its run.
      await notifier.publish(wakeUpTopic(wakeUpKey(wakeUp)));
    }
    if (isReady(sender) && this.breaker.worthATry) {
      try {
        await this.inTime(this.queue.add(wakeUp.kind, toJob(wakeUp), jobOptions(wakeUp, delayMs)));
        return;
      } catch (error) {
        this.breaker.failed();
        logger.warn('A wake-up could not be sent', { wakeUp, cause: messageOf(error) });
      }
    }
    await fallback?.wake(wakeUp, delayMs);
  }

  start(work: WorkFunction, concurrency: number): void {
    const { openReceiver, prefix, name, fallback } = this.parts;
    this.shutdown = new AbortController();
    this.receiver = openReceiver();
    this.worker = new Worker(name, (job) => this.work(job, work), {
      connection: this.receiver,
      prefix,
      concurrency: Math.max(1, concurrency),
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      maxStalledCount: neverGiveUp,
      removeOnComplete: { count: 0 },
      removeOnFail: keepFailed,
    });
    this.watch(this.worker);
    fallback?.start(work, concurrency);
  }

  async depth(): Promise<number> {
    const local = (await this.parts.fallback?.depth()) ?? 0;
    if (!isReady(this.parts.sender)) {
      return local;
    }
    const counts = await this.inTime(this.queue.getJobCounts('wait', 'active', 'delayed'));
    return Object.values(counts).reduce((sum, count) => sum + count, local);
  }

  /**
   * Jobs of BullMQ's failed set, which keeps the last thousand of a week.
   * @throws Error while Redis cannot be asked
   */
  async failedJobs(): Promise<number> {
    if (!isReady(this.parts.sender)) {
      throw new Error('Redis cannot be used.');
    }
    return this.inTime(this.queue.getFailedCount());
  }

  async stop(graceMs: number): Promise<void> {
    const { fallback, timers } = this.parts;
    this.shutdown.abort(new Error('The service is stopping.'));
    let endGrace: () => void = () => undefined;
    const grace = new Promise<void>((resolve) => {
      endGrace = timers.after(graceMs, resolve);
    });
    const ended = Promise.all([this.worker?.close(), fallback?.stop(graceMs)]).catch((error: unknown) =>
      this.endedBadly(error),
    );
    await Promise.race([ended, grace]);
    endGrace();
    this.receiver?.disconnect();
    this.receiver = null;
    this.worker = null;
    // Its connection is given back by who opened it; BullMQ's own end would wait for a Redis that was never there.
    await this.queue.close().catch((error: unknown) => this.endedBadly(error));
  }

  /** A process that ends does so with Redis or without. */
  private endedBadly(error: unknown): void {
    this.parts.logger.debug('The queue did not end in good order', {
      queue: this.parts.name,
      cause: messageOf(error),
    });
  }

  private async work(job: Job, work: WorkFunction): Promise<void> {
    const wakeUp = fromJob(job.data);
    if (wakeUp === null) {
      this.parts.logger.warn('A job of another version was dropped', { job: job.id, name: job.name });
      return;
    }
    try {
      await work(wakeUp, this.shutdown.signal);
    } catch (error) {
      if (error instanceof ImError && error.code === 'Unavailable') {
        await this.rest();
      }
      throw error;
    }
  }

  /** Who ends a job is given the next one: without a rest a worker that is cut off would take the wake-ups of all others, in vain. */
  private async rest(): Promise<void> {
    const { worker } = this;
    if (worker === null || this.rests) {
      return;
    }
    this.rests = true;
    this.parts.timers.after(restMs, () => {
      this.rests = false;
      if (!this.shutdown.signal.aborted) {
        // It tells its troubles as events, never by throwing.
        void worker.resume();
      }
    });
    await worker.pause(true);
  }

  /** BullMQ's failed set is a record for people: the rows in the database still say what is to be done. */
  private watch(worker: Worker): void {
    const { logger, name } = this.parts;
    worker.on('failed', (job, error) => {
      logger.error('A wake-up failed', { queue: name, wakeUp: fromJob(job?.data), cause: messageOf(error) });
    });
    worker.on('error', (error) => {
      logger.debug('The queue had an error', { queue: name, cause: messageOf(error) });
    });
  }

  /** BullMQ waits for its connection without a limit. */
  private async inTime<T>(command: Promise<T>): Promise<T> {
    let cancel: () => void = () => undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      cancel = this.parts.timers.after(commandTimeoutMs, () => {
        reject(new Error('Redis did not answer in time.'));
      });
    });
    try {
      return await Promise.race([command, limit]);
    } finally {
      cancel();
    }
  }
}
