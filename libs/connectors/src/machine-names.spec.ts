import type { System } from '@im/radl';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { instanceName } from './instance-name.js';
import { machineTags } from './tags.js';

function systemWith(features: string): System {
  const [system] = parseRadl(`system front ( ${features} )`).systems;
  if (system === undefined) {
    throw new Error('no system');
  }
  return system;
}

describe('names of machines', () => {
  it.each([
    ["instance_name = 'My_Node.1' and disk.0.image.name = 'x'", 'my-node-1-t1'],
    ["disk.0.image.name = 'Ubuntu 24'", 'ubuntu-24-t1'],
    ['cpu.count = 1', 'front-t1'],
    ["instance_name = '___'", 'im-t1'],
  ])('come from %s', (features, name) => {
    expect(instanceName(systemWith(features), 'T1')).toBe(name);
  });

  it('keep their suffix when they are cut', () => {
    expect(instanceName(systemWith(`instance_name = '${'a'.repeat(100)}'`), 'token', 20)).toBe(
      'aaaaaaaaaaaaaa-token',
    );
    expect(instanceName(systemWith(`instance_name = '${'a'.repeat(100)}'`), '', 5)).toBe('aaaaa');
  });
});

describe('tags of machines', () => {
  it('are those of the user, and those of the operator under other names', () => {
    const system = systemWith("instance_tags = 'a=1, IM_USER = me=you ,'");

    expect(machineTags(system, { IM_USER: 'operator', IM_INFRA_ID: 'i' })).toEqual({
      a: '1',
      IM_USER: 'me=you',
      IM_INFRA_ID: 'i',
    });
  });

  it('are refused by name when they are malformed', () => {
    expect(() => machineTags(systemWith("instance_tags = 'a=1,wrong'"), {})).toThrow(
      /'wrong' of instance_tags/u,
    );
    expect(() => machineTags(systemWith("instance_tags = '=x'"), {})).toThrow(/'=x' of instance_tags/u);
  });
});
