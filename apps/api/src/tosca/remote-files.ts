import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { PublicAddressGuard, Semaphore } from '@im/connectors';
import type { Clock, Logger, Random } from '@im/domain';
import type { ToscaFiles } from '@im/tosca';
import { FileUnavailable } from '@im/tosca';
import type { FileCopy } from './file-cache.js';
import { FileCache } from './file-cache.js';
import type { FileAnswer, RequestRules } from './guarded-request.js';
import { GuardedRequests } from './guarded-request.js';
import { ReadFailure } from './read-failure.js';

/** Bounds the memory of files on their way, each up to its largest size. */
const mostAtOnce = 16;
const shortestPauseMs = 100;
const longestPauseMs = 500;

/** What an operator decides about the files that documents name. */
export interface RemoteFileSettings extends Omit<RequestRules, 'guard'> {
  /** Loopback, private networks and this host may be fetched from. */
  allowPrivateAddresses: boolean;
  /** Milliseconds for one file, redirects and the second attempt included. */
  timeoutMs: number;
  /** Milliseconds for which a file is used when its server does not say how long. */
  cacheMs: number;
  /** Memory for the files that are kept. */
  cacheBytes: number;
}

/** What the reader of files is given by its process. */
export interface RemoteFilePorts {
  clock: Clock;
  random: Pick<Random, 'next'>;
  logger: Pick<Logger, 'debug' | 'warn'>;
  metrics: { fileRead(outcome: string, seconds: number): void };
  /** Judges addresses; made from the settings when absent. */
  guard?: PublicAddressGuard;
}

/** `cached`: used without a question. `unchanged`: the server says the copy is right. `stale`: the server is out of reach. */
interface ReadFile {
  text: string;
  outcome: 'fetched' | 'cached' | 'unchanged' | 'stale';
}

/**
 * Reads the files that documents name from the network, within the limits of the operator, and keeps them in memory: most documents name the
 * same few (spec: tosca.md 4 and 6.3). Reads of one URL at the same time are one request.
 */
export class RemoteFiles implements ToscaFiles {
  private readonly requests: GuardedRequests;
  private readonly cache: FileCache;
  private readonly slots = new Semaphore(mostAtOnce);
  private readonly running = new Map<string, Promise<ReadFile>>();
  private readonly closing = new AbortController();

  constructor(
    private readonly settings: RemoteFileSettings,
    private readonly ports: RemoteFilePorts,
  ) {
    const guard = ports.guard ?? new PublicAddressGuard({ allowPrivate: settings.allowPrivateAddresses });
    this.requests = new GuardedRequests({ ...settings, guard });
    this.cache = new FileCache(ports.clock, { maxBytes: settings.cacheBytes, defaultMs: settings.cacheMs });
  }

  /** @throws FileUnavailable also for paths and `file:` URLs, which are never read */
  async read(url: string): Promise<string> {
    const started = performance.now();
    let outcome: string = 'failed';
    try {
      const file = await this.obtain(url);
      ({ outcome } = file);
      return file.text;
    } catch (error) {
      if (!(error instanceof ReadFailure)) {
        throw error;
      }
      outcome = error.kind === 'refused' ? 'refused' : 'failed';
      throw new FileUnavailable(url, error.reason, { cause: error });
    } finally {
      this.ports.metrics.fileRead(outcome, (performance.now() - started) / 1000);
    }
  }

  /** Ends the reads that are under way, and refuses later ones. */
  close(): void {
    this.closing.abort(new ReadFailure('the service is stopping', 'busy'));
  }

  private async obtain(text: string): Promise<ReadFile> {
    const url = this.requests.accepted(text);
    const copy = this.cache.copyOf(url.href);
    if (copy !== undefined && this.cache.isFresh(copy)) {
      return { text: copy.text, outcome: 'cached' };
    }
    const failure = this.cache.failureOf(url.href);
    if (failure !== undefined) {
      return staleOr(copy, failure);
    }
    const running = this.running.get(url.href) ?? this.fetch(url, copy);
    return running;
  }

  private fetch(url: URL, copy: FileCopy | undefined): Promise<ReadFile> {
    const reading = this.fetched(url, copy).finally(() => {
      this.running.delete(url.href);
    });
    this.running.set(url.href, reading);
    return reading;
  }

  private async fetched(url: URL, copy: FileCopy | undefined): Promise<ReadFile> {
    try {
      const answer = await this.withinLimits((signal) => this.attempts(url, copy, signal));
      if (answer.body === undefined && copy !== undefined) {
        this.cache.renew(url.href, copy, answer.headers);
        return { text: copy.text, outcome: 'unchanged' };
      }
      const text = decoded(answer.body ?? Buffer.alloc(0));
      this.cache.keep(url.href, text, answer);
      return { text, outcome: 'fetched' };
    } catch (error) {
      if (!(error instanceof ReadFailure)) {
        throw error;
      }
      if (error.kind !== 'busy') {
        this.cache.failed(url.href, error);
      }
      // Not the query: it may hold a signature or token.
      const line = { url: url.origin + url.pathname, reason: error.reason };
      this.ports.logger.debug('a file that a document names cannot be read', line);
      const file = staleOr(copy, error);
      this.ports.logger.warn(
        'a file that a document names cannot be read again, its last copy is used',
        line,
      );
      return file;
    }
  }

  /** One more attempt after errors of the network and the server. */
  private async attempts(url: URL, copy: FileCopy | undefined, signal: AbortSignal): Promise<FileAnswer> {
    try {
      return await this.requests.get(url, copy, signal);
    } catch (error) {
      if (!(error instanceof ReadFailure) || error.kind !== 'repeatable' || signal.aborted) {
        throw error;
      }
    }
    const jitter = this.ports.random.next() * (longestPauseMs - shortestPauseMs);
    await pause(shortestPauseMs + jitter, undefined, { signal });
    return this.requests.get(url, copy, signal);
  }

  /** Waits for its turn, and ends with the time limit, also when it still waits. */
  private async withinLimits(task: (signal: AbortSignal) => Promise<FileAnswer>): Promise<FileAnswer> {
    const { timeoutMs } = this.settings;
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, this.closing.signal]);
    const started = performance.now();
    let begun = Number.POSITIVE_INFINITY;
    const timer = setTimeout(() => {
      // Whose turn came late was not given the time that the operator grants; that is no fault of the file.
      limit.abort(
        begun - started > timeoutMs / 2
          ? new ReadFailure('the service reads too many files at once, try again', 'busy')
          : new ReadFailure(`no whole answer within ${timeoutMs / 1000} seconds`, 'passing'),
      );
    }, timeoutMs);
    try {
      const turn = this.slots.run(() => {
        begun = performance.now();
        signal.throwIfAborted();
        return task(signal);
      });
      return await Promise.race([turn, rejectedOn(signal)]);
    } catch (error) {
      throw signal.reason instanceof ReadFailure ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The copy while the failure may pass. @throws the failure */
function staleOr(copy: FileCopy | undefined, failure: ReadFailure): ReadFile {
  if (copy === undefined || !copy.whenUnreachable || !failure.passes) {
    throw failure;
  }
  return { text: copy.text, outcome: 'stale' };
}

function decoded(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw new ReadFailure('not UTF-8 text', 'final', { cause: error });
  }
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const refuse = (): void => {
      reject(new Error('The read was ended.', { cause: signal.reason }));
    };
    if (signal.aborted) {
      refuse();
    } else {
      signal.addEventListener('abort', refuse, { once: true });
    }
  });
}
