import { describe, expect, it } from 'vitest';
import { readToscaYaml } from '../yaml/read-document.js';
import { jsonOf } from '../yaml/values.js';
import { mergeToscaDocuments } from './merge.js';

const merged = (stored: string, sent: string): unknown =>
  jsonOf(mergeToscaDocuments(readToscaYaml(stored), readToscaYaml(sent)));

describe('merging a sent document into the stored one', () => {
  it.each([
    ['replaces plain values', '{a: 1}', '{a: 2}', { a: 2 }],
    ['merges maps key by key', '{a: {b: 1}}', '{a: {c: 2}}', { a: { b: 1, c: 2 } }],
    ['keeps the rest of a longer stored list', '{a: [1, 2]}', '{a: [3]}', { a: [3, 2] }],
    ['takes the rest of a longer sent list', '{a: [1]}', '{a: [3, 4]}', { a: [3, 4] }],
    ['merges maps inside of lists', '{a: [{x: 1, y: 1}]}', '{a: [{x: 9}]}', { a: [{ x: 9, y: 1 }] }],
    ['keeps what null is sent for', '{a: 1, b: [2]}', '{a: ~, b: [~]}', { a: 1, b: [2] }],
    [
      'replaces values of another kind',
      '{a: {b: 1}, c: [1]}',
      '{a: [5], c: {d: 1}}',
      { a: [5], c: { d: 1 } },
    ],
    ['adds what is new', '{a: false}', '{b: 0}', { a: false, b: 0 }],
  ])('%s', (_behaviour, stored, sent, expected) => {
    expect(merged(stored, sent)).toEqual(expected);
  });

  it('changes neither document', () => {
    const stored = readToscaYaml('{a: {b: [1, {c: 2}]}}');
    const sent = readToscaYaml('{a: {b: [3, {c: 4}], d: 5}}');

    mergeToscaDocuments(stored, sent);

    expect(jsonOf(stored)).toEqual({ a: { b: [1, { c: 2 }] } });
    expect(jsonOf(sent)).toEqual({ a: { b: [3, { c: 4 }], d: 5 } });
  });
});
