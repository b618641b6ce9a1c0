import type { LeftBehindResource } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { sampleResource } from '../../../test/persistence/samples.js';
import { renderLeaks } from './leaks.js';

const machine: LeftBehindResource = {
  ...sampleResource('inf-1', {
    vmId: 3,
    kind: 'machine',
    cloudId: 'my cloud',
    cloudType: 'Docker',
    token: 'inf-1-3',
    providerId: 'c0ffee',
    state: 'unknown',
    lastError: 'The connection was cut.',
    updatedAt: Date.UTC(2026, 10, 27, 2, 30),
  }),
  infrastructureDeletedAt: Date.UTC(2026, 10, 27, 2, 31),
};
const network: LeftBehindResource = {
  ...machine,
  vmId: null,
  kind: 'network',
  token: 'im_inf-1_priv',
  providerId: null,
  infrastructureDeletedAt: null,
};

describe('the leak report', () => {
  it('has a line for each resource, which names all that is needed to find it', () => {
    expect(renderLeaks([machine, network], false).split('\n')).toEqual([
      'infrastructure=inf-1 vm=3 kind=machine cloud="my cloud" type=Docker id=c0ffee token=inf-1-3 state=unknown ' +
        'since=2026-11-27T02:30:00.000Z deleted=2026-11-27T02:31:00.000Z',
      'infrastructure=inf-1 vm=- kind=network cloud="my cloud" type=Docker id=- token=im_inf-1_priv state=unknown ' +
        'since=2026-11-27T02:30:00.000Z deleted=-',
      '',
    ]);
  });

  it('says so when nothing is left behind', () => {
    expect(renderLeaks([], false)).toMatch(/^Nothing is left behind: .*\n$/u);
    expect(JSON.parse(renderLeaks([], true))).toEqual([]);
  });

  it('is a list for machines when that is wanted', () => {
    expect(JSON.parse(renderLeaks([machine], true))).toEqual([
      {
        infrastructureId: 'inf-1',
        infrastructureDeleted: '2026-11-27T02:31:00.000Z',
        vm: 3,
        kind: 'machine',
        cloud: 'my cloud',
        cloudType: 'Docker',
        providerId: 'c0ffee',
        token: 'inf-1-3',
        state: 'unknown',
        since: '2026-11-27T02:30:00.000Z',
        lastError: 'The connection was cut.',
      },
    ]);
  });
});
