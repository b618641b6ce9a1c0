import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@im/domain';
import { LRUCache } from 'lru-cache';
import { freshnessOf } from './freshness.js';
import type { FileAnswer, KnownCopy } from './guarded-request.js';
import type { ReadFailure } from './read-failure.js';

const failureMs = 30_000;
const mostFailures = 1000;

export interface FileCacheOptions {
  /** Memory for all copies, roughly. */
  maxBytes: number;
  /** For copies whose server does not say how long they may be used. */
  defaultMs: number;
}

/** A file as it was read, and how to ask whether it is still right. */
export interface FileCopy extends KnownCopy {
  text: string;
  /** Milliseconds since 1970. */
  freshUntil: number;
  /** It may be used after that while its server is out of reach. */
  whenUnreachable: boolean;
}

/** Files that were read lately, by their URL, and for a short time those that could not be; the least used go first. */
export class FileCache {
  private readonly copies: LRUCache<string, FileCopy>;
  private readonly failures = new LRUCache<string, { failure: ReadFailure; until: number }>({
    max: mostFailures,
  });

  constructor(
    private readonly clock: Clock,
    private readonly options: FileCacheOptions,
  ) {
    this.copies = new LRUCache({
      maxSize: options.maxBytes,
      // Two bytes a character is the most that a text takes; the rest is for the entry itself.
      sizeCalculation: ({ text }, url) => 2 * (text.length + url.length) + 512,
    });
  }

  /** What is kept of a file, fresh or not. */
  copyOf(url: string): FileCopy | undefined {
    return this.copies.get(url);
  }

  isFresh(copy: FileCopy): boolean {
    return this.clock.now() < copy.freshUntil;
  }

  /** Why the file could not be read a moment ago. */
  failureOf(url: string): ReadFailure | undefined {
    const found = this.failures.get(url);
    return found !== undefined && this.clock.now() < found.until ? found.failure : undefined;
  }

  /** Keeps a file that was read, as long as its server allows. */
  keep(url: string, text: string, answer: FileAnswer): void {
    const { etag, 'last-modified': lastModified } = answer.headers;
    this.put(url, { text, url: answer.url, etag, lastModified }, answer.headers);
  }

  /** Keeps a copy that its server declared to be still right. */
  renew(url: string, copy: FileCopy, headers: IncomingHttpHeaders): void {
    this.put(url, copy, headers);
  }

  /** Keeps the failure instead of the file, unless it says nothing about the file. */
  failed(url: string, failure: ReadFailure): void {
    this.failures.set(url, { failure, until: this.clock.now() + failureMs });
    if (!failure.passes) {
      this.copies.delete(url);
    }
  }

  private put(url: string, file: KnownCopy & { text: string }, headers: IncomingHttpHeaders): void {
    const now = this.clock.now();
    const { keep, forMs, whenUnreachable } = freshnessOf(headers, this.options.defaultMs, now);
    this.failures.delete(url);
    this.copies.delete(url);
    if (keep) {
      this.copies.set(url, { ...file, freshUntil: now + forMs, whenUnreachable });
    }
  }
}
