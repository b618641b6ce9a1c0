import type { Vm } from '@im/domain';
import { describe, expect, it } from 'vitest';
import type { VmFacts } from '../../../test/contextualization/vms.js';
import { vmWith } from '../../../test/contextualization/vms.js';
import { chooseMaster } from './choose-master.js';

const publicVm = (imId: number, facts: VmFacts = {}): Vm => vmWith(imId, { publicIp: null, ...facts });
const privateVm = (imId: number, facts: VmFacts = {}): Vm => vmWith(imId, { privateIp: null, ...facts });

const masterOf = (vms: readonly Vm[], current: number | null = null): number | undefined =>
  chooseMaster(vms, current)?.imId;

describe('the master', () => {
  it('is the VM in a public network, whether it has its address already or not', () => {
    expect(masterOf([privateVm(0), publicVm(1)])).toBe(1);
    expect(masterOf([privateVm(0), publicVm(1, { publicIp: '198.51.100.1' })])).toBe(1);
  });

  it('is the first one when several are as good', () => {
    expect(masterOf([publicVm(3), publicVm(1), publicVm(2)])).toBe(3);
  });

  it('is the one that is connected with most VMs', () => {
    const vms = [publicVm(0), publicVm(1, { privateIp: null }), privateVm(2), privateVm(3)];

    expect(masterOf(vms)).toBe(1);
  });

  it('is connected with all VMs in public networks, whichever these are', () => {
    const separate = ['one', 'two', 'three', 'four']
      .map((name) => `network ${name} (outbound = 'yes')`)
      .join('\n');
    const publicVms = ['one', 'two', 'three', 'four'].map((name, index) =>
      vmWith(index + 3, { networks: separate, features: `net_interface.0.connection = '${name}'` }),
    );
    const networks = "network private (proxy_host = 'ana@203.0.113.1')";
    const behindProxy = [0, 1, 2].map((imId) => privateVm(imId, { networks }));

    expect(masterOf([...behindProxy, ...publicVms])).toBe(3);
    expect(masterOf([...behindProxy, ...publicVms.slice(2)])).toBe(0);
  });

  it('stays the one it is as long as that can serve', () => {
    const vms = [publicVm(0, { privateIp: null }), publicVm(1), privateVm(2)];

    expect(masterOf(vms, 1)).toBe(1);
    expect(masterOf(vms, 2)).toBe(0);
    expect(masterOf(vms, 9)).toBe(0);
  });

  it('may be a VM behind a proxy', () => {
    const networks = "network private (proxy_host = 'ana@203.0.113.1')";

    expect(masterOf([privateVm(0), privateVm(1, { networks })])).toBe(1);
  });

  it('is never Windows, which is written in any case', () => {
    const windows = publicVm(0, { features: "disk.0.os.name = 'Windows'" });

    expect(masterOf([windows, publicVm(1, { features: "disk.0.os.name = 'LINUX'" })])).toBe(1);
    expect(masterOf([windows], 0)).toBeUndefined();
  });

  it('is none when no VM is in a public network', () => {
    expect(masterOf([privateVm(0), privateVm(1)])).toBeUndefined();
    expect(masterOf([])).toBeUndefined();
  });
});
