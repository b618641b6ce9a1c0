import { describe, expect, it } from 'vitest';
import { CollectedLines } from './collected-lines.js';

function collected(): { lines: CollectedLines; pieces: string[] } {
  const pieces: string[] = [];
  const lines = new CollectedLines({
    write: (piece) => {
      pieces.push(piece);
    },
    flush: () => undefined,
  });
  return { lines, pieces };
}

describe('CollectedLines', () => {
  it('hands on what came together in one piece, soon and without being asked', async () => {
    const { lines, pieces } = collected();
    lines.write('one\n');
    lines.write('two\n');
    expect(pieces).toEqual([]);
    await expect.poll(() => pieces).toEqual(['one\ntwo\n']);
    lines.write('three\n');
    await expect.poll(() => pieces).toEqual(['one\ntwo\n', 'three\n']);
  });

  it('hands on at once what it holds when it is flushed', () => {
    const { lines, pieces } = collected();
    lines.write('last\n');
    lines.flush();
    lines.flush();
    expect(pieces).toEqual(['last\n']);
  });

  it('keeps every character and the order, whatever the length of the lines and the bytes of their characters', () => {
    const { lines, pieces } = collected();
    const written = [
      'short\n',
      `${'€'.repeat(30_000)}\n`,
      'ñ and 🌍\n',
      `${'🌍'.repeat(10_900)}\n`,
      `${'x'.repeat(200_000)}\n`,
      ...Array.from({ length: 3_000 }, (_, n) => `line ${n} of many, 日本\n`),
    ];
    for (const line of written) {
      lines.write(line);
    }
    lines.flush();
    expect(pieces.join('')).toBe(written.join(''));
    expect(pieces.length).toBeLessThan(12);
  });
});
