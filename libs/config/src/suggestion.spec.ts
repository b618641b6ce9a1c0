import { describe, expect, it } from 'vitest';
import { nearestName } from './suggestion.js';

describe('nearestName', () => {
  it.each([
    ['REST_PROT', 'REST_PORT'],
    ['rest_port_', 'REST_PORT'],
    ['LOGFILE', 'LOG_FILE'],
    ['WAIT', undefined],
    ['COMPLETELY_OTHER', undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearestName(name, ['REST_PORT', 'LOG_FILE', 'LOG_LEVEL'])).toBe(expected);
  });
});
