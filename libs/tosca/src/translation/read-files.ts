import type { ToscaFiles } from '../document/files.js';
import { FileUnavailable } from '../document/files.js';
import { ToscaError } from '../tosca-error.js';

/** A file that the translation needs. */
export interface NeededFile {
  url: string;
  /** The message when it is not to be had. */
  missing: (reason: string) => string;
}

/**
 * Reads all files at the same time, each once.
 * @returns their texts by URL
 * @throws ToscaError `implementation` for the first one, in their order, that is not to be had
 */
export async function readFiles(
  needed: readonly NeededFile[],
  files: ToscaFiles,
): Promise<ReadonlyMap<string, string>> {
  const byUrl = new Map<string, NeededFile>();
  for (const file of needed) {
    if (!byUrl.has(file.url)) {
      byUrl.set(file.url, file);
    }
  }
  const results = await Promise.all([...byUrl.values()].map((file) => readFile(file, files)));
  const texts = new Map<string, string>();
  for (const { url, text } of results) {
    if (text instanceof ToscaError) {
      throw text;
    }
    texts.set(url, text);
  }
  return texts;
}

async function readFile(
  { url, missing }: NeededFile,
  files: ToscaFiles,
): Promise<{ url: string; text: string | ToscaError }> {
  try {
    return { url, text: await files.read(url) };
  } catch (error) {
    if (!(error instanceof FileUnavailable)) {
      throw error;
    }
    const problem = {
      category: 'implementation',
      kind: 'ToscaError',
      message: missing(error.reason),
    } as const;
    return { url, text: new ToscaError('translate', [problem], { cause: error }) };
  }
}
