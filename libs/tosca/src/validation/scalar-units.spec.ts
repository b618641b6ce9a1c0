import { describe, expect, it } from 'vitest';
import { readScalarUnit } from './scalar-units.js';

describe('a scalar with a unit', () => {
  it.each([
    ['4 GB', 'scalar-unit.size', 4e9, 'GB'],
    ['4gib', 'scalar-unit.size', 4 * 1024 ** 3, 'GiB'],
    ['  10 KB ', 'scalar-unit.size', 10_000, 'kB'],
    ['1.5 TB', 'scalar-unit.size', 1.5e12, 'TB'],
    ['2 d', 'scalar-unit.time', 172_800, 'd'],
    ['5 MS', 'scalar-unit.time', 0.005, 'ms'],
    ['5 m', 'scalar-unit.time', 300, 'm'],
    ['2.4 ghz', 'scalar-unit.frequency', 2.4e9, 'GHz'],
  ])('%j as %s is %d', (text, kind, amount, unit) => {
    expect(readScalarUnit(text, kind)).toEqual({ amount, unit });
  });

  it.each([
    ['4', 'scalar-unit.size', '"4" is not a valid scalar-unit.'],
    ['-4 GB', 'scalar-unit.size', '"-4 GB" is not a valid scalar-unit.'],
    ['four GB', 'scalar-unit.size', '"four GB" is not a valid scalar-unit.'],
    ['', 'scalar-unit.size', '"" is not a valid scalar-unit.'],
    [
      '4 XB',
      'scalar-unit.size',
      `The unit "XB" is not valid. Valid units are "['B', 'kB', 'KiB', 'MB', 'MiB', 'GB', 'GiB', 'TB', 'TiB']".`,
    ],
    [
      '4 constructor',
      'scalar-unit.frequency',
      `The unit "constructor" is not valid. Valid units are "['Hz', 'kHz', 'MHz', 'GHz']".`,
    ],
  ])('%j as %s is refused', (text, kind, problem) => {
    expect(readScalarUnit(text, kind)).toEqual({ problem });
  });
});
