import { FeatureSet } from '@im/radl';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import { derivesFrom } from '../types/type-library.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, listAt, textOf } from '../yaml/values.js';
import { containerFilesOf, containerImageUrl } from './container-artifacts.js';
import { containerSystemName } from './container-names.js';
import { addAspect, bytesOf, numberValue, setNumber, setOptionalText, setText } from './features.js';
import { outportsText } from './outports.js';
import { capabilityProperties, propertyOf } from './properties.js';
import { deploySingle, wantedInstances } from './single-instance.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

/**
 * Adds a container to the RADL: its system, its networks, an empty configure with an item, and a deploy (spec: tosca.md 6.7).
 * @throws ToscaError for one without image, or of which several are wanted
 */
export function translateContainer(node: NodeTemplate, context: TranslationContext): void {
  const { evaluation, radl, containerId } = context;
  const runtime = runtimeOf(node);
  const wanted = wantedInstances(node, runtime, evaluation);
  const name = containerSystemName(node.name, containerId);
  const features = new FeatureSet();
  const disks = addFiles(features, node, context);
  setText(features, 'disk.0.image.url', containerImageUrl(node, evaluation));
  addProcess(features, node, context);
  if (runtime !== undefined) {
    const host = capabilityProperties(runtime, runtime.capabilities.get('host'), evaluation);
    addResources(features, host);
    addNetworks(features, name, host, context);
    addVolumes(features, node, listAt(host, 'volumes'), disks, context);
  }
  addAspect(radl.systems, name, features);
  deploySingle(node, name, wanted, context);
}

/** The runtime that a container is put on: what it asks of the cluster. */
function runtimeOf(node: NodeTemplate): NodeTemplate | undefined {
  return node.requirements.find(
    ({ type, target }) =>
      derivesFrom(type, 'tosca.relationships.HostedOn') &&
      derivesFrom(target.type, 'tosca.nodes.Container.Runtime'),
  )?.target;
}

/** Files are the first disks after the boot disk; returns how many there are. */
function addFiles(
  features: FeatureSet,
  node: NodeTemplate,
  { evaluation, files }: TranslationContext,
): number {
  const all = containerFilesOf(node, evaluation);
  for (const [index, { path, source }] of all.entries()) {
    const content = 'content' in source ? source.content : files.get(source.url);
    if (content === undefined) {
      throw translationError(
        'implementation',
        `Error downloading file ${'url' in source ? source.url : path}`,
      );
    }
    setText(features, `disk.${index + 1}.content`, content);
    setText(features, `disk.${index + 1}.mount_path`, path);
  }
  return all.length;
}

/** Environment and command. */
function addProcess(
  features: FeatureSet,
  node: NodeTemplate,
  { evaluation, warnings }: TranslationContext,
): void {
  const environment = propertyOf(node, 'environment', evaluation);
  if (isMap(environment)) {
    const variables = [...environment].filter(([, value]) => value !== null);
    for (const [name, value] of environment) {
      if (value === null) {
        warnings.push(`The value of the variable ${name} of ${node.name} is not known. Ignoring it.`);
      }
    }
    if (variables.length > 0) {
      setText(
        features,
        'environment.variables',
        variables.map(([name, value]) => variable(name, value)).join(','),
      );
    }
  }
  const command = propertyOf(node, 'command', evaluation);
  if (Array.isArray(command) && command.length > 0) {
    features.add({ name: 'command', operator: '=', value: command.map(textOf) });
  }
}

/** `K=V`; a value with a comma stands in double quotes. */
function variable(name: string, value: ToscaValue): string {
  const text = textOf(value);
  return `${name}=${text.includes(',') ? `"${text.replaceAll('"', '\\"')}"` : text}`;
}

function addResources(features: FeatureSet, host: ToscaMap): void {
  const cpus = host.get('num_cpus');
  if (!isBlank(cpus)) {
    setNumber(features, 'cpu.count', numberValue('num_cpus', cpus));
  }
  const gpus = host.get('num_gpus');
  if (!isBlank(gpus)) {
    setNumber(features, 'gpu.count', numberValue('num_gpus', gpus));
  }
  const memory = host.get('mem_size');
  if (!isBlank(memory)) {
    setNumber(features, 'memory.size', bytesOf(memory), { unit: 'B' });
  }
}

/** Published ports need a public network, exposed ones a private network; interface 0 is in the one that was made last. */
function addNetworks(features: FeatureSet, name: string, host: ToscaMap, { radl }: TranslationContext): void {
  const published = listAt(host, 'publish_ports').filter(isMap);
  if (published.length > 0) {
    const id = `${name}_pub`;
    putNetwork(radl.networks, id, 'yes', outportsText(published, { samePort: false }));
    setText(features, 'net_interface.0.connection', id);
    const endpoint = published[0]?.get('endpoint');
    setOptionalText(features, 'net_interface.0.dns_name', endpoint);
    setOptionalText(features, 'net_interface.0.dns.0.name', endpoint);
  }
  const exposed = listAt(host, 'expose_ports').filter(isMap);
  if (exposed.length > 0) {
    const id = `${name}_priv`;
    putNetwork(radl.networks, id, 'no', outportsText(exposed, { samePort: true }));
    setText(features, 'net_interface.0.connection', id);
  }
}

function putNetwork(
  networks: TranslationContext['radl']['networks'],
  id: string,
  outbound: 'yes' | 'no',
  outports: string,
): void {
  const features = new FeatureSet();
  setText(features, 'outbound', outbound);
  setText(features, 'outports', outports);
  addAspect(networks, id, features);
}

/** Volumes `name:path` of BlockStorage nodes are the disks behind those of the files. */
function addVolumes(
  features: FeatureSet,
  node: NodeTemplate,
  volumes: readonly ToscaValue[],
  disks: number,
  { topology, evaluation, warnings }: TranslationContext,
): void {
  let disk = disks;
  for (const volume of volumes.map(textOf)) {
    const [name = '', ...path] = volume.split(':');
    const storage = blockStorage(topology, name);
    if (storage === undefined || path.length === 0) {
      warnings.push(`The volume ${volume} of ${node.name} names no BlockStorage node and path. Ignoring it.`);
      continue;
    }
    disk++;
    const size = propertyOf(storage, 'size', evaluation);
    if (!isBlank(size)) {
      setNumber(features, `disk.${disk}.size`, bytesOf(size), { unit: 'B' });
    }
    setOptionalText(features, `disk.${disk}.image.url`, propertyOf(storage, 'volume_id', evaluation));
    setText(features, `disk.${disk}.mount_path`, path.join(''));
  }
}

function blockStorage(topology: Topology, name: string): NodeTemplate | undefined {
  const node = topology.nodes.get(name);
  return node !== undefined && derivesFrom(node.type, 'tosca.nodes.BlockStorage') ? node : undefined;
}
