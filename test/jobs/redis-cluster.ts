import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';
import type { RedisMember } from './redis-server.js';
import { password, startMember } from './redis-server.js';

/** The hash slots of three primaries. */
const slots = ['0 5460', '5461 10922', '10923 16383'];

/** A Redis Cluster of three primaries. */
export interface RedisCluster {
  url: string;
  nodes: RedisMember[];
  stop(): Promise<void>;
}

/** All nodes have the same password; the URL names one of them. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'im-redis-'));
  const nodes: RedisMember[] = [];
  for (const range of slots) {
    const busPort = await freePort();
    const node = await startMember(join(folder, String(nodes.length)), [
      'save ""',
      'cluster-enabled yes',
      `cluster-port ${busPort}`,
      'cluster-node-timeout 2000',
      `masterauth ${password}`,
    ]);
    await node.send(`CLUSTER ADDSLOTSRANGE ${range}`);
    await nodes[0]?.send(`CLUSTER MEET 127.0.0.1 ${node.port} ${busPort}`);
    nodes.push(node);
  }
  for (const node of nodes) {
    await until(
      () => node.send('CLUSTER INFO'),
      (answer) =>
        answer.includes('cluster_state:ok') && answer.includes(`cluster_known_nodes:${slots.length}`),
    );
  }
  return {
    url: `redis+cluster://:${password}@127.0.0.1:${nodes[0]?.port}`,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map(({ process }) => process.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
