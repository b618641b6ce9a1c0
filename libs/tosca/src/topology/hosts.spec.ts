import { describe, expect, it } from 'vitest';
import { ToscaError } from '../tosca-error.js';
import { normativeTypes } from '../types/normative-types.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { buildTopology } from './build-topology.js';
import { hostedOn, hostOf, stepOf } from './hosts.js';
import type { NodeTemplate, Topology } from './topology.js';

function topologyWith(nodes: string): Topology {
  const document = readToscaYaml(
    `tosca_definitions_version: tosca_simple_yaml_1_0\ntopology_template:\n  node_templates:\n${nodes}`,
  );
  return buildTopology({ document, library: normativeTypes(), generatedInputs: new Map() });
}

function node(topology: Topology, name: string): NodeTemplate {
  const found = topology.nodes.get(name);
  if (found === undefined) {
    throw new Error(`no node ${name}`);
  }
  return found;
}

const stack = topologyWith(`
    app: { type: WebApplication, requirements: [ { host: web } ] }
    web: { type: WebServer, requirements: [ { host: server }, { dependency: other } ] }
    other: { type: SoftwareComponent, requirements: [ { host: server } ] }
    server: { type: Compute }
    lonely: { type: ObjectStorage, properties: { name: x } }
`);

describe('hostOf', () => {
  it('follows the hosts down to the machine', () => {
    expect(hostOf(stack, node(stack, 'app'))?.name).toBe('server');
    expect(hostOf(stack, node(stack, 'server'))?.name).toBe('server');
    expect(hostOf(stack, node(stack, 'lonely'))).toBeUndefined();
    expect(hostedOn(stack, node(stack, 'server')).map(({ name }) => name)).toEqual(['app', 'web', 'other']);
  });

  it('finds another kind of host when asked for one', () => {
    expect(hostOf(stack, node(stack, 'app'), 'tosca.nodes.SoftwareComponent')?.name).toBe('web');
  });

  it('is not asked for nodes that sit on each other: their document is refused, once for each ring', () => {
    const ring = () =>
      topologyWith(`
    top: { type: WebApplication, requirements: [ { host: a } ] }
    a: { type: WebServer, requirements: [ { host: b } ] }
    b: { type: WebServer, requirements: [ { host: a } ] }
`);
    expect(ring).toThrow(ToscaError);
    expect(ring).toThrow(/\n\n\tValidationError: Node template "a" is hosted on itself\.$/);
  });
});

describe('stepOf', () => {
  it('is one more than the greatest step of what a node needs', () => {
    const steps = ['server', 'other', 'web', 'app'].map((name) => stepOf(stack, node(stack, name)));
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  it('refuses nodes that need each other', () => {
    const ring = topologyWith(`
    a: { type: Compute, requirements: [ { dependency: b } ] }
    b: { type: Compute, requirements: [ { dependency: c } ] }
    c: { type: Compute, requirements: [ { dependency: b } ] }
`);
    expect(() => stepOf(ring, node(ring, 'a'))).toThrow(ToscaError);
  });

  it('copes with a chain of a hundred thousand nodes', () => {
    const start = node(stack, 'server');
    let last: NodeTemplate = { ...start, requirements: [] };
    const type = normativeTypes().type('relationship', 'tosca.relationships.DependsOn');
    for (let count = 1; count < 100_000 && type !== undefined; count++) {
      const next: NodeTemplate = { ...start, requirements: [] };
      next.requirements.push({
        name: 'dependson',
        requirement: 'dependency',
        type,
        source: next,
        target: last,
        properties: new Map(),
        interfaces: new Map(),
      });
      last = next;
    }
    expect(stepOf(stack, last)).toBe(100_000);
  });
});
