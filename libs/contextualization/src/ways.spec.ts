import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { VmFacts } from '../../../test/contextualization/vms.js';
import { vmWith } from '../../../test/contextualization/vms.js';
import type { WaysOfVm } from './ways.js';
import { answeredWays, isBehindProxy, probeProgram, waysTo } from './ways.js';

const master = vmWith(0, { publicIp: '198.51.100.7', privateIp: '10.0.0.7' });
const proxied = "network public (outbound = 'yes')\nnetwork private (proxy_host = 'ana@203.0.113.1')";

const ways = (facts: VmFacts, control: typeof master | null = master): string[] =>
  waysTo(control, vmWith(1, facts)).map(({ host, port }) => `${host}:${port}`);

describe('the ways from the control node to a VM', () => {
  it('begin with a network that both are in, then go round by the public address', () => {
    expect(ways({ publicIp: '198.51.100.8', privateIp: '10.0.0.8' })).toEqual([
      '10.0.0.8:22',
      '198.51.100.8:22',
    ]);
  });

  it('try a private address of another network last but its own port', () => {
    const networks = "network public (outbound = 'yes')\nnetwork private";
    const features = "net_interface.1.connection = 'elsewhere' and net_interface.1.ip = '172.16.0.8'";
    const outports = "network public (outbound = 'yes' and outports = '2222-22')\nnetwork elsewhere";

    expect(ways({ publicIp: '198.51.100.8', networks: `${networks}\nnetwork elsewhere`, features })).toEqual([
      '198.51.100.8:22',
      '172.16.0.8:22',
    ]);
    expect(ways({ publicIp: '198.51.100.8', networks: outports, features })).toEqual([
      '198.51.100.8:2222',
      '172.16.0.8:22',
      '198.51.100.8:22',
    ]);
  });

  it('are the private address alone for a VM without a public one', () => {
    expect(ways({ privateIp: '10.0.0.8' })).toEqual(['10.0.0.8:22']);
    expect(ways({ privateIp: '10.0.0.8' }, null)).toEqual(['10.0.0.8:22']);
  });

  it('begin with the public address for a host outside', () => {
    expect(ways({ publicIp: '198.51.100.8', privateIp: '10.0.0.8' }, null)).toEqual([
      '198.51.100.8:22',
      '10.0.0.8:22',
    ]);
  });

  it('lead to the port of WinRM for Windows', () => {
    expect(ways({ publicIp: '198.51.100.8', features: "disk.0.os.name = 'windows'" })).toEqual([
      '198.51.100.8:5986',
    ]);
  });

  it('are none without an address', () => {
    expect(ways({ publicIp: null, privateIp: null })).toEqual([]);
  });
});

describe('a VM behind a proxy', () => {
  it.each<[string, VmFacts, typeof master | null, boolean]>([
    ['is one with a private address alone', { privateIp: '10.0.0.8', networks: proxied }, null, true],
    [
      'is not one that shares a network with the control node',
      { privateIp: '10.0.0.8', networks: proxied },
      master,
      false,
    ],
    [
      'is not one with a public address',
      { publicIp: '198.51.100.8', privateIp: '10.0.0.8', networks: proxied },
      null,
      false,
    ],
    ['is not one without a proxy', { privateIp: '10.0.0.8' }, null, false],
  ])('%s', (_name, facts, control, expected) => {
    expect(isBehindProxy(control, vmWith(1, facts))).toBe(expected);
  });
});

describe('the program that tries the ways', () => {
  it('is understood by any Python 3', () => {
    const program = probeProgram([{ imId: 1, ways: [{ host: "it's", port: 22 }], ssh: true }], 1);
    const check = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))';

    expect(() => execFileSync('python3', ['-c', check], { input: program })).not.toThrow();
  });
});

describe('what the program printed', () => {
  const vms: WaysOfVm[] = [{ imId: 1, ways: [{ host: 'a', port: 22 }], ssh: true }];

  it.each(['', 'Traceback: 1 0 x', '1', '1 9', '9 0', '1 -1', 'x 0', '1 x'])('is nothing in %j', (output) => {
    expect(answeredWays(output, vms)).toEqual(new Map());
  });

  it('is the way at the position, whatever stands around it', () => {
    expect(answeredWays('Welcome!\n1 0\r\n', vms)).toEqual(new Map([[1, { host: 'a', port: 22 }]]));
  });
});
