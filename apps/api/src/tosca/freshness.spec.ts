import { describe, expect, it } from 'vitest';
import { freshnessOf } from './freshness.js';

const hour = 3600_000;
const now = Date.parse('Thu, 01 Jan 2026 00:00:00 GMT');

describe('the time for which a file is used', () => {
  it.each([
    ['nothing is said', {}, hour],
    ['max-age is', { 'cache-control': 'public, max-age=300' }, 300_000],
    ['max-age is in quotes', { 'cache-control': 'Max-Age="300"' }, 300_000],
    ['s-maxage is for shared caches', { 'cache-control': 'max-age=300, s-maxage=60' }, 60_000],
    ['max-age counts from the origin', { 'cache-control': 'max-age=300', age: '100' }, 200_000],
    ['the copy is older than max-age', { 'cache-control': 'max-age=300', age: '400' }, 0],
    ['max-age is no number', { 'cache-control': 'max-age=soon' }, 0],
    ['max-age is a year', { 'cache-control': 'max-age=31536000' }, 24 * hour],
    ['no-cache forbids it', { 'cache-control': 'no-cache, max-age=300' }, 0],
    [
      'Expires is',
      { date: 'Thu, 01 Jan 2026 00:00:00 GMT', expires: 'Thu, 01 Jan 2026 00:10:00 GMT' },
      600_000,
    ],
    ['Expires is without Date', { expires: 'Thu, 01 Jan 2026 00:10:00 GMT' }, 600_000],
    ['Expires is no date', { expires: '0' }, 0],
    [
      'max-age is besides Expires',
      { 'cache-control': 'max-age=1', expires: 'Thu, 01 Jan 2026 00:10:00 GMT' },
      1000,
    ],
  ])('is right when %s', (_case, headers, expected) => {
    expect(freshnessOf(headers, hour, now).forMs).toBe(expected);
  });

  it('is none at all with no-store', () => {
    expect(freshnessOf({ 'cache-control': 'no-store' }, hour, now).keep).toBe(false);
  });

  it('ends with must-revalidate even when the server is out of reach', () => {
    expect(freshnessOf({ 'cache-control': 'max-age=1, must-revalidate' }, hour, now).whenUnreachable).toBe(
      false,
    );
    expect(freshnessOf({ 'cache-control': 'max-age=1' }, hour, now).whenUnreachable).toBe(true);
  });
});
