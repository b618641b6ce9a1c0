import type { Radl } from '@im/radl';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import type { ContainerView } from './container-facts.js';
import { containerRadl, inspectedContainer, listedContainer } from './container-facts.js';
import { containerAnswer, containerListAnswer } from './engine-answers.js';

function inspected(state: object): ContainerView {
  return inspectedContainer(
    containerAnswer.parse({ Id: 'c', Name: '/im-i-0', State: state, Config: {}, NetworkSettings: {} }),
  );
}

const running: ContainerView = {
  id: 'c',
  name: 'im-i-0',
  token: 'i-0',
  state: 'running',
  networks: {
    im_i_priv: { IPAddress: '10.5.0.2', GlobalIPv6Address: '2001:db8::2' },
    given: { IPAddress: '10.6.0.2', GlobalIPv6Address: '' },
  },
  sshHostPort: 32_768,
};

function radlOf(connections: readonly string[]): Radl {
  return parseRadl(`
    network pub (outbound = 'yes' and outports = '8080-80,2222-22,10.0.0.0/8-53/udp')
    network pub2 (outbound = 'yes')
    network priv ()
    network other (provider_id = 'given')
    system front (
      ${connections.map((id, n) => `net_interface.${n}.connection = '${id}'`).join(' and ')}
    )`);
}

function features(radl: Radl): Record<string, unknown> {
  const names = radl.systems[0]?.features.names().filter((name) => /\.ip(?:v6)?$/u.test(name)) ?? [];
  return Object.fromEntries(names.map((name) => [name, radl.systems[0]?.features.get(name)]));
}

const outports = (radl: Radl): unknown[] => radl.networks.map((one) => one.features.getText('outports'));

describe('states of containers', () => {
  it.each([
    [{ Status: 'running' }, 'running'],
    [{ Status: 'paused' }, 'running'],
    [{ Status: 'restarting' }, 'pending'],
    [{ Status: 'created' }, 'stopped'],
    [{ Status: 'exited', ExitCode: 0 }, 'stopped'],
    [{ Status: 'exited', ExitCode: 137 }, 'stopped'],
    [{ Status: 'exited', ExitCode: 137, OOMKilled: true }, 'failed'],
    [{ Status: 'exited', ExitCode: 97 }, 'failed'],
    [{ Status: 'dead', Error: 'disk is full' }, 'failed'],
    [{ Status: 'removing' }, 'off'],
    [{ Status: 'something new' }, 'unknown'],
  ])('%j are %s', (state, expected) => {
    expect(inspected(state).state).toBe(expected);
  });

  it('that are failures have a reason', () => {
    expect(inspected({ Status: 'dead', Error: 'disk is full' }).reason).toBe(
      'The container is dead: disk is full',
    );
    expect(inspected({ Status: 'exited', OOMKilled: true }).reason).toContain('more memory');
    expect(inspected({ Status: 'exited' }).reason).toBeUndefined();
  });
});

describe('the published port of SSH', () => {
  it('is that of IPv4, inspected or listed, in whatever order', () => {
    const answer = containerAnswer.parse({
      Id: 'c',
      Name: '/im-i-0',
      State: { Status: 'running' },
      Config: {},
      NetworkSettings: {
        Ports: {
          '22/tcp': [
            { HostIp: '::', HostPort: '33033' },
            { HostIp: '0.0.0.0', HostPort: '33034' },
          ],
        },
      },
    });
    const [listed] = containerListAnswer.parse([
      {
        Id: 'c',
        State: 'running',
        Ports: [
          { IP: '::', PrivatePort: 22, PublicPort: 33_033, Type: 'tcp' },
          { IP: '0.0.0.0', PrivatePort: 22, PublicPort: 33_034, Type: 'tcp' },
          { PrivatePort: 22, Type: 'tcp' },
        ],
      },
    ]);

    expect(inspectedContainer(answer).sshHostPort).toBe(33_034);
    expect(listed && listedContainer(listed).sshHostPort).toBe(33_034);
  });
});

describe('the document of a container', () => {
  it('has each address on the interface of its network', () => {
    const radl = containerRadl('i', radlOf(['pub', 'priv', 'other']), running, '203.0.113.1');

    expect(features(radl)).toEqual({
      'net_interface.0.ip': '203.0.113.1',
      'net_interface.1.ip': '10.5.0.2',
      'net_interface.1.ipv6': '2001:db8::2',
      'net_interface.2.ip': '10.6.0.2',
    });
  });

  it('has the port of SSH in the outports of all its public networks, and of no other', () => {
    const known = radlOf(['pub', 'priv', 'pub2']);

    const radl = containerRadl('i', known, running, '203.0.113.1');

    expect(outports(radl)).toEqual([
      '32768/tcp-22/tcp,8080/tcp-80/tcp,10.0.0.0/8-53/udp-53/udp',
      '32768/tcp-22/tcp',
      undefined,
      undefined,
    ]);
    expect(outports(known)[0]).toBe('8080-80,2222-22,10.0.0.0/8-53/udp');
    expect(outports(containerRadl('i', radl, { ...running, sshHostPort: 40_000 }, '203.0.113.1'))[1]).toBe(
      '40000/tcp-22/tcp',
    );
    expect(outports(containerRadl('i', radlOf(['priv']), running, '203.0.113.1'))[0]).toContain('2222-22');
  });

  it('keeps what a stopped container does not tell', () => {
    const before = containerRadl('i', radlOf(['pub', 'priv']), running, '203.0.113.1');
    const stopped: ContainerView = {
      ...running,
      state: 'stopped',
      networks: { im_i_priv: { IPAddress: '', GlobalIPv6Address: '' } },
      sshHostPort: undefined,
    };

    const after = containerRadl('i', before, stopped, '203.0.113.1');

    expect(features(after)).toEqual(features(before));
    expect(outports(after)).toEqual(outports(before));
  });
});
