import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { sampleVm } from '../../../../test/fakes/sample-rows.js';
import type { MachineFacts } from '../ports/connector.js';
import { factsForNow } from './facts-for-now.js';

const info = (features: string) => parseRadl(`system node (${features})`);
const told = (facts: Partial<MachineFacts>): MachineFacts => ({
  providerId: 'machine-0',
  state: 'running',
  ...facts,
});

describe('an answer of a cloud', () => {
  it('counts as it is when nothing changed meanwhile', () => {
    const facts = told({
      state: 'stopped',
      info: info('cpu.count = 2'),
      connectorData: { power: 'stopped' },
    });

    expect(factsForNow(sampleVm(), sampleVm(), facts)).toEqual(facts);
  });

  it('does not undo a switch of the machine that it is older than', () => {
    const row = sampleVm({ providerState: 'stopped', connectorData: { power: 'stopped' } });

    const facts = factsForNow(row, sampleVm(), told({ connectorData: {} }));
    expect(facts.state).toBe('stopped');
    expect(facts.connectorData).toBeUndefined();
  });

  it('adds what is new in it to what was changed meanwhile', () => {
    const row = sampleVm({ info: info("cpu.count = 4 and disk.0.os.credentials.password = 'new'") });
    const asked = sampleVm({ info: info("cpu.count = 1 and disk.0.os.credentials.password = 'old'") });
    const answer = info(
      "cpu.count = 1 and disk.0.os.credentials.password = 'old' and net_interface.0.ip = '10.0.0.1'",
    );

    const features = factsForNow(row, asked, told({ info: answer })).info?.systems[0]?.features;
    expect(features?.get('cpu.count')).toBe(4);
    expect(features?.get('disk.0.os.credentials.password')).toBe('new');
    expect(features?.get('net_interface.0.ip')).toBe('10.0.0.1');
  });
});
