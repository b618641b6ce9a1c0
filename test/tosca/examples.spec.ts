import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Radl } from '@im/radl';
import { checkRadl, printRadl } from '@im/radl';
import { evaluateOutputs, readTopology, translate } from '@im/tosca';
import { describe, expect, it } from 'vitest';
import { filesOf, optionsWith } from './fixtures.js';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

async function translated(name: string, change: (text: string) => string = (text) => text) {
  // Nothing but the playbooks of the published types is read: the types themselves are part of the service.
  const options = optionsWith(filesOf());
  const { topology } = await readTopology(change(readFileSync(folder + name, 'utf8')), options);
  return {
    topology,
    ...(await translate({ topology, existing: [], containerId: '0123abcd' }, options.files)),
  };
}

/** Systems to deploy with their number and cloud. */
const deploysOf = ({ deploys }: Radl): unknown[] =>
  deploys.map(({ system, vmNumber, cloudId }) => [
    system,
    vmNumber,
    ...(cloudId === undefined ? [] : [cloudId]),
  ]);

describe('the TOSCA examples', () => {
  it.each(names)('%s is read and translated without a warning', async (name) => {
    const { radl, topology, warnings } = await translated(name);

    expect(warnings).toEqual([]);
    expect(() => checkRadl(radl)).not.toThrow();
    expect(radl.deploys.length).toBeGreaterThan(0);
    expect(evaluateOutputs(topology, { containerId: '0123abcd', vms: [] }).warnings).toEqual([]);
  });

  it('are all explained in their README', () => {
    const explained = readFileSync(`${folder}README.md`, 'utf8');
    expect(names.filter((name) => !explained.includes(`(${name})`))).toEqual([]);
  });

  it('and those on the page about TOSCA are valid', async () => {
    const page = readFileSync(`${folder}../docs/tosca.md`, 'utf8');
    const documents = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gmu)].map(([, text = '']) => text);
    const options = optionsWith(filesOf());

    expect(documents.length).toBeGreaterThan(0);
    for (const document of documents) {
      await expect(readTopology(document, options)).resolves.toBeDefined();
    }
  });

  it('the cluster has as many workers as its input says', async () => {
    const { radl } = await translated('tosca-cluster.yaml', (text) =>
      text.replace('default: 2', 'default: 5'),
    );

    expect(deploysOf(radl)).toEqual([
      ['front', 1],
      ['worker', 5],
    ]);
    expect(radl.contextualize?.items.map(({ system, step }) => [system, step])).toEqual([
      ['worker', 2],
      ['front', 3],
    ]);
  });

  it('the hybrid asks two clouds, each with a private network of its own', async () => {
    const { radl } = await translated('tosca-hybrid.yaml');

    expect(deploysOf(radl)).toEqual([
      ['front', 1, 'here'],
      ['worker_there', 2, 'there'],
      ['worker_here', 1, 'here'],
    ]);
    expect(radl.networks.map(({ id }) => id)).toContain('private.openstack.example.org');
  });

  it('the container has its image, its page and its port', async () => {
    const text = printRadl((await translated('tosca-container.yaml')).radl);

    expect(text).toContain('docker://nginx:1.27');
    expect(text).toContain('<h1>Hello</h1>');
    expect(text).toContain('30080/tcp-80/tcp');
  });
});
