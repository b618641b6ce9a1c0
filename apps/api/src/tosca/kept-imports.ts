import { deflateSync, inflateSync } from 'node:zlib';
import type { ToscaFiles } from '@im/tosca';
import { FileUnavailable } from '@im/tosca';
import { z } from 'zod';

/** Largest text that packed imports may become: what a document imports is bounded, and a row that says otherwise is broken. */
const mostBytes = 64 * 1024 * 1024;

const texts = z.record(z.string(), z.string());

/** Remembers what was read, to be kept with an infrastructure. */
export class RecordedFiles implements ToscaFiles {
  private readonly texts = new Map<string, string>();

  constructor(private readonly files: ToscaFiles) {}

  async read(url: string): Promise<string> {
    const text = await this.files.read(url);
    this.texts.set(url, text);
    return text;
  }

  /** Everything that was read, in a form that can be kept; undefined when nothing was. */
  packed(): string | undefined {
    return this.texts.size === 0
      ? undefined
      : deflateSync(JSON.stringify(Object.fromEntries(this.texts))).toString('base64');
  }
}

/** Reads what was kept with an infrastructure; what was not comes from the network. */
export class KeptFiles implements ToscaFiles {
  private readonly texts: Readonly<Record<string, string>>;

  /** @param packed by `RecordedFiles`; undefined: nothing was kept */
  constructor(
    packed: string | undefined,
    private readonly files: ToscaFiles,
  ) {
    this.texts = packed === undefined ? {} : unpacked(packed);
  }

  async read(url: string): Promise<string> {
    return Object.hasOwn(this.texts, url) ? (this.texts[url] ?? '') : this.files.read(url);
  }
}

/** Reads from the network, and what was kept when that cannot be reached. */
export class FilesWithSpare implements ToscaFiles {
  constructor(
    private readonly files: ToscaFiles,
    private readonly packed: string | undefined,
  ) {}

  async read(url: string): Promise<string> {
    try {
      return await this.files.read(url);
    } catch (error) {
      if (!(error instanceof FileUnavailable)) {
        throw error;
      }
      return new KeptFiles(this.packed, { read: () => Promise.reject(error) }).read(url);
    }
  }
}

function unpacked(packed: string): Record<string, string> {
  const text = inflateSync(Buffer.from(packed, 'base64'), { maxOutputLength: mostBytes }).toString('utf8');
  return texts.parse(JSON.parse(text));
}
