import type { ToscaFiles } from '@im/tosca';
import { FileUnavailable } from '@im/tosca';
import { describe, expect, it } from 'vitest';
import { FilesWithSpare, KeptFiles, RecordedFiles } from './kept-imports.js';

const network: ToscaFiles = { read: async (url) => `text of ${url}` };
const gone: ToscaFiles = { read: (url) => Promise.reject(new FileUnavailable(url, 'Not Found')) };

async function packedOf(...urls: string[]): Promise<string | undefined> {
  const files = new RecordedFiles(network);
  await Promise.all(urls.map((url) => files.read(url)));
  return files.packed();
}

describe('what a document imports', () => {
  it('is read from what was kept, and the rest from the network', async () => {
    const files = new KeptFiles(await packedOf('a', '__proto__'), { read: async () => 'new' });

    expect(await files.read('a')).toBe('text of a');
    expect(await files.read('b')).toBe('new');
    expect(await new KeptFiles(undefined, network).read('toString')).toBe('text of toString');
  });

  it('comes from the network as long as that answers, else from what was kept', async () => {
    const packed = await packedOf('a');

    expect(await new FilesWithSpare({ read: async () => 'new' }, packed).read('a')).toBe('new');
    expect(await new FilesWithSpare(gone, packed).read('a')).toBe('text of a');
    await expect(new FilesWithSpare(gone, packed).read('b')).rejects.toThrow('Not Found');
    await expect(new FilesWithSpare(gone, undefined).read('a')).rejects.toThrow('Not Found');
  });

  it('takes no room when there is nothing', async () => {
    expect(await packedOf()).toBeUndefined();
  });
});
