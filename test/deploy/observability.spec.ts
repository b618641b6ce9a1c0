import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Metrics } from '@im/observability';
import { describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { haproxyIsInstalled, Proxy } from './proxy.js';

const root = resolve(import.meta.dirname, '../..');

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const alerts = textOf('deploy/prometheus/alerts.yml');
const files = { alerts, dashboard: textOf('deploy/grafana/infrastructure-manager.json') };

/** Names of metrics in a text, those of histograms without their ending. */
function metricsIn(text: string, prefix: string): Set<string> {
  const names = text.match(new RegExp(`\\b(?:${prefix})_[a-z0-9_]+`, 'gu')) ?? [];
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/u, '')));
}

/** Names that a page of metrics defines. */
function defined(page: string): Set<string> {
  return new Set([...page.matchAll(/^# TYPE (\S+)/gmu)].map(([, name = '']) => name));
}

/** All that a process of the service may show. */
async function ourMetrics(): Promise<Set<string>> {
  const metrics = new Metrics();
  metrics.watchFailedJobs('wake-ups', () => Promise.resolve(0));
  metrics.watchRedis(() => Promise.resolve(true));
  metrics.watchLeftBehind(() => Promise.resolve(new Map()));
  metrics.build('api', '1');
  return defined(await metrics.render());
}

describe('alerts and dashboard', () => {
  it.each(Object.entries(files))('%s: know only metrics that the service has', async (_, text) => {
    const known = await ourMetrics();
    const used = metricsIn(text, 'im|process|nodejs');
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
  });

  it.skipIf(!haproxyIsInstalled).each(Object.entries(files))(
    '%s: know only metrics and names that HAProxy has',
    async (_, text) => {
      const address = `127.0.0.1:${await freePort()}`;
      const proxy = await Proxy.start({ IM_PROXY_METRICS: address });
      try {
        const page = await (await fetch(`http://${address}/metrics`)).text();
        const known = defined(page);
        const used = metricsIn(text, 'haproxy');
        expect(used.size).toBeGreaterThan(0);
        expect([...used].filter((name) => !known.has(name))).toEqual([]);
        const proxies = [...text.matchAll(/proxy=\\?"([\w-]+)\\?"/gu)].map(([, name = '']) => name);
        expect(proxies.filter((name) => !page.includes(`proxy="${name}"`))).toEqual([]);
      } finally {
        await proxy.stop();
      }
    },
  );

  it('every alert is explained under its name on the page it links to', () => {
    const names = [...alerts.matchAll(/- alert: (\w+)/gu)].map(([, name = '']) => name);
    const links = [...alerts.matchAll(/runbook_url: docs\/operations\.md#(\w+)/gu)].map(
      ([, anchor]) => anchor,
    );
    expect(names.length).toBeGreaterThan(15);
    expect(links).toEqual(names.map((name) => name.toLowerCase()));
    const page = textOf('docs/operations.md');
    expect(names.filter((name) => !page.includes(`\n### ${name}\n`))).toEqual([]);
  });
});
