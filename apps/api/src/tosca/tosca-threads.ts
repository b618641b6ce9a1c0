import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { ImError, messageOf } from '@im/domain';
import type { ToscaFiles } from '@im/tosca';
import { FileUnavailable } from '@im/tosca';
import type { OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import type { FileAnswer, FileQuestion, ThreadTask } from './tosca-thread.js';
import type { TranslationOutcome, TranslationRequest } from './translate-document.js';

/** Threads that nobody needs end after this time. */
const idleMs = 300_000;

/** Documents that may wait for a thread; more are refused until there is room. */
const mostWaiting = 200;

/** Documents that take long are translated by threads, so that they do not hold up the other requests of the process. */
export class ToscaThreads implements OnModuleDestroy {
  private pool: Piscina<ThreadTask, TranslationOutcome> | null = null;

  constructor(private readonly files: ToscaFiles) {}

  /** @throws ImError `Unavailable` when too many documents wait */
  async translate(request: TranslationRequest): Promise<TranslationOutcome> {
    this.pool ??= new Piscina<ThreadTask, TranslationOutcome>({
      filename: new URL('./tosca-thread.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.max(1, availableParallelism() - 1),
      idleTimeout: idleMs,
      maxQueue: mostWaiting,
    });
    if (this.pool.queueSize >= mostWaiting) {
      throw new ImError('Unavailable', 'Too many documents are being read. Try again in a moment.', {
        retryAfterSeconds: 5,
      });
    }
    const { port1, port2 } = new MessageChannel();
    port1.on('message', ({ id, url }: FileQuestion) => {
      this.answer(id, url).then(
        (answer) => {
          port1.postMessage(answer);
        },
        (error: unknown) => {
          port1.postMessage({ id, reason: messageOf(error) } satisfies FileAnswer);
        },
      );
    });
    try {
      return await this.pool.run({ request, files: port2 }, { transferList: [port2] });
    } finally {
      port1.close();
    }
  }

  /** Ends the threads. */
  async onModuleDestroy(): Promise<void> {
    await this.pool?.destroy();
  }

  private async answer(id: number, url: string): Promise<FileAnswer> {
    try {
      return { id, text: await this.files.read(url) };
    } catch (error) {
      if (error instanceof FileUnavailable) {
        return { id, reason: error.reason };
      }
      throw error;
    }
  }
}
