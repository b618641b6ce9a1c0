import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from './dice.js';
import type { BrokenTry, Journal } from './journal.js';

/** An answer that counts. */
export interface SteadyAnswer {
  status: number;
  text: string;
}

export interface SteadyRequest {
  /** Under which the time is written down. */
  kind: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: string;
}

/** One try may take this long: what a worker had under way waits for the end of its lease when it dies. */
const tryLimitMs = 90_000;
const requestLimitMs = 240_000;

/** No answer that counts came in time, whatever was tried. */
export class NeverAnswered extends Error {}

/**
 * A client that does as the documentation says: every change has an Idempotency-Key, and what was not answered, or with 502, 503 or 504,
 * is repeated under the same key.
 */
export class SteadyClient {
  constructor(
    private readonly url: string,
    private readonly authorization: string,
    private readonly journal: Journal,
    private readonly dice: Dice,
  ) {}

  /** @throws NeverAnswered */
  async request(request: SteadyRequest): Promise<SteadyAnswer> {
    const key = request.method === 'GET' ? null : randomUUID();
    const start = Date.now();
    for (let tries = 1; Date.now() - start < requestLimitMs; tries++) {
      const answer = await this.attempt(request, key);
      if (answer !== null) {
        this.journal.answered(request.kind, Date.now() - start);
        this.journal.count('repetitions', tries - 1);
        return answer;
      }
      await pause(this.dice.between(200, 800));
    }
    throw new NeverAnswered(
      `${request.method} ${request.path} was not answered in ${requestLimitMs / 1000} s.`,
    );
  }

  /** null: it has to be repeated. */
  private async attempt(request: SteadyRequest, key: string | null): Promise<SteadyAnswer | null> {
    const from = Date.now();
    const broken = (what: BrokenTry['what'], text: string): null => {
      const line = `${request.method} ${request.path}`;
      this.journal.brokenTries.push({ what, request: line, text: text.trim(), from, until: Date.now() });
      return null;
    };
    try {
      const answer = await this.send(request, key);
      switch (answer.status) {
        case 502:
        case 503:
        case 504:
          return broken(`${answer.status}`, answer.text);
        default:
          return answer;
      }
    } catch (error) {
      const late = error instanceof DOMException && error.name === 'TimeoutError';
      return broken(late ? 'no answer in time' : 'broken connection', messageWithCause(error));
    }
  }

  private async send({ method, path, body }: SteadyRequest, key: string | null): Promise<SteadyAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'text/plain' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(tryLimitMs),
    });
    return { status: response.status, text: await response.text() };
  }
}

function messageWithCause(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
