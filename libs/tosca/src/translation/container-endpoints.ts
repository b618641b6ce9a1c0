import type { Evaluation } from '../functions/evaluate.js';
import type { NodeTemplate } from '../topology/topology.js';
import { derivesFrom } from '../types/type-library.js';
import type { ToscaMap } from '../yaml/values.js';
import { isMap, textOf } from '../yaml/values.js';
import { containerSystemName } from './container-names.js';
import { hostFact } from './jinja.js';
import { capabilityPropertyOf } from './properties.js';
import { isBlank } from './value-kinds.js';

/**
 * Where the ports of a container are reached, as Ansible and other containers see it (spec: tosca.md 7.2): a published port by its name
 * or the public address, an exposed one by the name of the system.
 * @param containerId end of the system names of containers
 */
export function containerEndpoints(
  node: NodeTemplate,
  evaluation: Evaluation,
  containerId: string,
): string[] {
  const system = containerSystemName(node.name, containerId);
  const [published, exposed] = ['publish_ports', 'expose_ports'].map((property) =>
    portsOf(node, property, evaluation),
  );
  return [
    ...(published ?? []).map((port, index) => publicEndpoint(port, index, system)),
    ...(exposed ?? []).map((port) => `${system}:${portText(port, 'target', 'source')}`),
  ];
}

function publicEndpoint(port: ToscaMap, index: number, system: string): string {
  const name = port.get('endpoint');
  return index === 0 && !isBlank(name)
    ? textOf(name)
    : `{{ ${hostFact(system, 'IM_NODE_PUBLIC_IP')} }}:${portText(port, 'source', 'target')}`;
}

function portText(port: ToscaMap, ...sides: string[]): string {
  const side = sides.find((each) => !isBlank(port.get(each)));
  return side === undefined ? '0' : textOf(port.get(side) ?? 0);
}

function portsOf(node: NodeTemplate, property: string, evaluation: Evaluation): ToscaMap[] {
  const runtime = node.requirements.find(({ target }) =>
    derivesFrom(target.type, 'tosca.nodes.Container.Runtime'),
  )?.target;
  const ports = runtime === undefined ? null : capabilityPropertyOf(runtime, 'host', property, evaluation);
  return Array.isArray(ports) ? ports.filter(isMap) : [];
}
