import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SqliteConnection } from './sqlite-connection.js';

/** Transactions that are committed together at most; those after them wait for the next commit. */
const mostTogether = 50;

interface Waiting {
  /** Does the work. @returns what tells its caller that it is committed */
  work(connection: SqliteConnection): Promise<() => void>;
  refuse(error: unknown): void;
  /** Its caller is told when the commit is on the disk, not before. */
  durable: boolean;
}

/** How a transaction ends: it is told after the commit, or refused. */
interface Answer {
  tell(): void;
  of: Waiting;
}

/**
 * Transactions of one connection, one after another. Those that wait for the same commit share it, since a commit waits for the disk:
 * each is still all or nothing, and nobody is told before the commit is on the disk. That wait stops no other work of this process.
 */
export class GroupedTransactions {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;

  /** @param flush ends when all that is committed is on the disk */
  constructor(
    private readonly connection: SqliteConnection,
    private readonly flush: () => Promise<void>,
  ) {}

  /**
   * @param durable false for what a power cut may take back
   * @throws what `work` throws, or the error of the commit
   */
  run<T>(work: (connection: SqliteConnection) => Promise<T>, durable: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({
        work: async (connection) => {
          const result = await work(connection);
          return () => {
            resolve(result);
          };
        },
        refuse: reject,
        durable,
      });
      this.running ??= this.runWaiting();
    });
  }

  /** Ends when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.running !== null) {
      await this.running;
    }
  }

  /** Never rejects. */
  private async runWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      // Whoever goes on after the last commit comes along, and requests that only read get their turn.
      await nextTurn();
      const group = this.waiting.splice(0, mostTogether);
      if (!(await this.commitTogether(group))) {
        for (const one of group) {
          await this.commitTogether([one]);
        }
      }
    }
    this.running = null;
  }

  /** @returns false when they must be done again one by one, because one of them spoilt it for all; nobody was told anything then */
  private async commitTogether(group: readonly Waiting[]): Promise<boolean> {
    const { connection } = this;
    const shared = group.length > 1;
    const answers: Answer[] = [];
    try {
      connection.begin();
      for (const one of group) {
        answers.push({ of: one, tell: shared ? await this.partOf(one) : await one.work(connection) });
      }
      connection.commit();
    } catch (error) {
      const rolledBack = this.rollback(error);
      if (!shared) {
        group[0]?.refuse(rolledBack);
      }
      return !shared;
    }
    await this.answer(answers);
    return true;
  }

  private async answer(answers: readonly Answer[]): Promise<void> {
    const durable: Answer[] = [];
    for (const answer of answers) {
      if (answer.of.durable) {
        durable.push(answer);
      } else {
        answer.tell();
      }
    }
    if (durable.length === 0) {
      return;
    }
    try {
      await this.flush();
    } catch (error) {
      for (const { of } of durable) {
        of.refuse(error);
      }
      return;
    }
    for (const answer of durable) {
      answer.tell();
    }
  }

  /** One of several: what it wrote is taken back when it fails, and the others stay. @throws when that is not possible */
  private async partOf(one: Waiting): Promise<() => void> {
    const { connection } = this;
    connection.savepoint();
    try {
      const answer = await one.work(connection);
      connection.releaseSavepoint();
      return answer;
    } catch (error) {
      connection.rollbackToSavepoint();
      return () => {
        one.refuse(error);
      };
    }
  }

  /** @returns the error to tell */
  private rollback(error: unknown): unknown {
    try {
      this.connection.rollback();
      return error;
    } catch (another) {
      return another;
    }
  }
}
