import { FeatureSet } from '@im/radl';
import { hostOf, rootOf, stepOf } from '../topology/hosts.js';
import type { NodeTemplate } from '../topology/topology.js';
import { derivesFrom } from '../types/type-library.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textOf } from '../yaml/values.js';
import { addAspect, bytesOf, numberValue, setNumber, setOptionalText, setText } from './features.js';
import { oscarHostOf } from './oscar-host.js';
import { oscarRecipe } from './oscar-recipe.js';
import { addItem, deploySingle, wantedInstances } from './single-instance.js';
import type { TranslationContext } from './translation.js';
import { asBoolean, asNumber, isBlank } from './value-kinds.js';

/** Parts of a storage provider, each a feature of the same name. */
const providerParts = [
  'access_key',
  'secret_key',
  'region',
  'endpoint',
  'verify',
  'oneprovider_host',
  'token',
  'space',
];

const exposedParts = ['min_scale', 'max_scale', 'port', 'cpu_threshold'];

/**
 * Adds a function to the RADL: a recipe on the OSCAR that the document puts it on, or else a system for the clouds of functions
 * (spec: tosca.md 6.8, radl.md 16).
 * @throws ToscaError `value` when several of it are wanted
 */
export function translateFunction(node: NodeTemplate, context: TranslationContext): void {
  const { evaluation, radl, topology } = context;
  const wanted = wantedInstances(node, undefined, evaluation);
  const properties = functionProperties(node, context);
  const oscar = oscarHostOf(node, evaluation);
  if (oscar !== undefined) {
    const id = `oscar_${node.name}`;
    radl.configures.push({
      id,
      recipe: oscarRecipe(properties, oscar, wanted, evaluation),
      reference: false,
    });
    addItem(radl, oscar.compute.name, id, stepOf(topology, node));
    return;
  }
  const features = new FeatureSet();
  addResources(features, properties);
  addStorage(features, properties);
  addExposure(features, properties);
  const dependencies = dependenciesOf(node, context);
  if (dependencies.length > 0) {
    addList(features, 'dependencies', dependencies);
  }
  addAspect(radl.systems, node.name, features);
  deploySingle(node, node.name, wanted, context);
}

/** All properties that have a value, evaluated. */
function functionProperties(node: NodeTemplate, { evaluation }: TranslationContext): ToscaMap {
  const values: ToscaMap = new Map();
  for (const [name, value] of node.properties) {
    const known = evaluation.evaluate(value, { kind: 'node', node });
    if (known !== null) {
      values.set(name, known);
    }
  }
  return values;
}

function addResources(features: FeatureSet, properties: ToscaMap): void {
  setOptionalText(features, 'name', properties.get('name'));
  const memory = properties.get('memory');
  if (!isBlank(memory)) {
    setNumber(features, 'memory.size', bytesOf(memory), { unit: 'B' });
  }
  const cpu = properties.get('cpu');
  if (!isBlank(cpu)) {
    setNumber(features, 'cpu.count', numberValue('cpu', cpu));
  }
  if (asBoolean(properties.get('enable_gpu')) === true) {
    setNumber(features, 'gpu.count', 1);
  }
  if (asBoolean(properties.get('enable_sgx')) === true) {
    setNumber(features, 'cpu.sgx', 1);
  }
  setOptionalText(features, 'disk.0.image.url', properties.get('image'));
  setOptionalText(features, 'script', properties.get('script'));
  setNumber(features, 'alpine', asBoolean(properties.get('alpine')) === true ? 1 : 0);
  const variables = properties.get('env_variables');
  if (isMap(variables) && variables.size > 0) {
    addList(
      features,
      'environment.variables',
      [...variables].map(([name, value]) => `${name}:${textOf(value)}`),
    );
  }
  setTexts(features, 'image_pull_secrets', properties.get('image_pull_secrets'));
}

/** Events and results, and the storage providers that they name. */
function addStorage(features: FeatureSet, properties: ToscaMap): void {
  for (const side of ['input', 'output']) {
    for (const [index, io] of mapsIn(properties.get(side)).entries()) {
      setOptionalText(features, `${side}.${index}.provider`, io.get('storage_provider'));
      setOptionalText(features, `${side}.${index}.path`, io.get('path'));
      setTexts(features, `${side}.${index}.suffix`, io.get('suffix'));
      setTexts(features, `${side}.${index}.prefix`, io.get('prefix'));
    }
  }
  const kinds = mapAt(properties, 'storage_providers');
  for (const kind of kinds.keys()) {
    const providers = mapAt(kinds, kind);
    for (const [index, id] of [...providers.keys()].entries()) {
      setText(features, `${kind}.${index}.id`, id);
      addProvider(features, `${kind}.${index}`, mapAt(providers, id));
    }
  }
}

function addProvider(features: FeatureSet, name: string, parts: ToscaMap): void {
  for (const part of providerParts) {
    const value = parts.get(part);
    if (typeof value === 'boolean') {
      setNumber(features, `${name}.${part}`, value ? 1 : 0);
    } else {
      setOptionalText(features, `${name}.${part}`, value);
    }
  }
}

/** How a function is exposed as a service; values are numbers, also when the document writes them as texts. */
function addExposure(features: FeatureSet, properties: ToscaMap): void {
  const exposed = mapAt(properties, 'exposed');
  for (const part of exposedParts) {
    const value = exposed.get(part);
    const number = asNumber(value);
    if (number === undefined) {
      setOptionalText(features, `expose.${part}`, value);
    } else {
      setNumber(features, `expose.${part}`, number);
    }
  }
}

/** Systems that must be there before the function: those of the nodes that it depends on, and of functions that stand for themselves. */
function dependenciesOf(node: NodeTemplate, { topology }: TranslationContext): string[] {
  const names = node.requirements
    .filter(({ type }) => derivesFrom(type, 'tosca.relationships.DependsOn'))
    .flatMap(
      ({ target }) => hostOf(topology, target)?.name ?? (rootOf(target) === rootOf(node) ? target.name : []),
    );
  return [...new Set(names)];
}

/** A text as it is, a list as a list of texts; nothing for an empty one. */
function setTexts(features: FeatureSet, name: string, value: ToscaValue | undefined): void {
  if (!Array.isArray(value)) {
    setOptionalText(features, name, value);
  } else if (value.length > 0) {
    addList(features, name, value.map(textOf));
  }
}

function addList(features: FeatureSet, name: string, value: string[]): void {
  features.add({ name, operator: '=', value });
}

function mapsIn(value: ToscaValue | undefined): ToscaMap[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}
