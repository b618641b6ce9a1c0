import type { MessagePort } from 'node:worker_threads';
import type { ToscaFiles } from '@im/tosca';
import { FileUnavailable, TypeCache } from '@im/tosca';
import type { TranslationOutcome, TranslationRequest } from './translate-document.js';
import { translateDocument } from './translate-document.js';

/** What a thread is asked to do. */
export interface ThreadTask {
  request: TranslationRequest;
  /** Files are asked for here: FileQuestion out, FileAnswer in. */
  files: MessagePort;
}

export interface FileQuestion {
  id: number;
  url: string;
}

export type FileAnswer = { id: number; text: string } | { id: number; reason: string };

/** Types that this thread read already. */
const cache = new TypeCache();

/** Translates one document in a thread of its own; the process asks the network for it. */
export default async function translateInThread(task: ThreadTask): Promise<TranslationOutcome> {
  const files = new AskedFiles(task.files);
  try {
    return await translateDocument(task.request, { files, cache });
  } finally {
    task.files.close();
  }
}

class AskedFiles implements ToscaFiles {
  private readonly waiting = new Map<number, (answer: FileAnswer) => void>();
  private next = 1;

  constructor(private readonly port: MessagePort) {
    port.on('message', (answer: FileAnswer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  async read(url: string): Promise<string> {
    const id = this.next++;
    const answer = await new Promise<FileAnswer>((resolve) => {
      this.waiting.set(id, resolve);
      this.port.postMessage({ id, url } satisfies FileQuestion);
    });
    if ('reason' in answer) {
      throw new FileUnavailable(url, answer.reason);
    }
    return answer.text;
  }
}
