import { cloudInitConfigures, recipeProblem } from '../check/recipe.js';
import { mergeSections } from '../document/merge-contextualize.js';
import { FeatureSet } from '../model/feature-set.js';
import type { Aspect, Configure, Contextualize, ContextualizeItem, Deploy, Radl } from '../model/radl.js';
import { emptyContextualize, emptyRadl, toolNamed, versionOption } from '../model/radl.js';
import { nearestWord } from '../nearest-word.js';
import { RadlError } from '../radl-error.js';
import { isName, nameRule } from '../text/token.js';
import { jsonFeatures } from './json-features.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { isObject } from './json-value.js';

const classes = ['network', 'system', 'description', 'ansible', 'configure', 'deploy', 'contextualize'];

/**
 * Reads RADL JSON: a list of objects, each with `class` (spec: radl.md 9.1).
 * @throws RadlError naming the element and the member
 */
export function parseRadlJson(text: string): Radl {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new RadlError(
      'syntax',
      `Parse error in JSON: ${error instanceof Error ? error.message : String(error)}.`,
      {
        cause: error,
      },
    );
  }
  return radlOfJson(value);
}

/** The same from a value that was parsed already. */
export function radlOfJson(value: JsonValue): Radl {
  if (isObject(value) && Object.keys(value).length === 0) {
    return emptyRadl();
  }
  if (!Array.isArray(value)) {
    throw structure('The document', 'it must be a list of objects, each with "class"');
  }
  const reader = new JsonReader();
  for (const [index, element] of value.entries()) {
    reader.add(element, index);
  }
  return reader.document();
}

function structure(where: string, why: string, suggestion?: string): RadlError {
  return new RadlError('structure', `${where}: ${why}.`, { suggestion });
}

class JsonReader {
  private readonly radl = emptyRadl();
  private readonly ids = new Set<string>();
  private readonly contextualizes: Contextualize[] = [];
  private readonly recipes: { id: string; recipe: string; where: string }[] = [];

  document(): Radl {
    const contextualize = mergeSections(this.contextualizes);
    this.checkRecipes(cloudInitConfigures(contextualize));
    return contextualize === undefined ? this.radl : { ...this.radl, contextualize };
  }

  add(element: JsonValue, index: number): void {
    const where = `Element ${index + 1}`;
    if (!isObject(element)) {
      throw structure(where, 'it must be an object with "class"');
    }
    const kind = element['class'];
    if (typeof kind !== 'string') {
      throw structure(where, `"class" is missing; expected one of ${classes.join(', ')}`);
    }
    switch (kind) {
      case 'network':
        this.radl.networks.push(this.aspect(element, `${where} (network)`, kind));
        break;
      case 'system':
        this.radl.systems.push(this.aspect(element, `${where} (system)`, kind));
        break;
      case 'ansible':
        this.radl.ansibleHosts.push(this.aspect(element, `${where} (ansible)`, kind));
        break;
      case 'description':
        this.description(element, `${where} (description)`);
        break;
      case 'configure':
        this.radl.configures.push(this.configure(element, `${where} (configure)`));
        break;
      case 'deploy':
        this.radl.deploys.push(deploy(element, `${where} (deploy)`));
        break;
      case 'contextualize':
        this.contextualize(element, `${where} (contextualize)`);
        break;
      default:
        throw structure(
          where,
          `unknown class '${kind}'; expected one of ${classes.join(', ')}`,
          nearestWord(kind, classes),
        );
    }
  }

  private aspect(element: JsonObject, where: string, kind: string): Aspect {
    const id = this.id(element, where, kind);
    if (element['reference'] === true) {
      return { id, features: new FeatureSet(), reference: true };
    }
    return { id, features: jsonFeatures(element, where, ['class', 'id', 'reference']), reference: false };
  }

  private description(element: JsonObject, where: string): void {
    if (this.radl.description !== undefined) {
      throw new RadlError('duplicate', 'Description can only be defined once.');
    }
    this.radl.description = this.aspect(element, where, 'description');
  }

  private configure(element: JsonObject, where: string): Configure {
    const id = this.id(element, where, 'configure');
    if (element['reference'] === true) {
      return { id, recipe: null, reference: true };
    }
    const recipe = element['recipes'];
    if (recipe !== null && typeof recipe !== 'string') {
      throw structure(where, '"recipes" must be a text, or null for the empty configure');
    }
    if (recipe?.includes('\n@end') === true) {
      throw structure(where, '"recipes" cannot have a line that begins with @end, which ends a recipe');
    }
    if (recipe !== null) {
      this.recipes.push({ id, recipe, where });
    }
    return { id, recipe, reference: false };
  }

  private checkRecipes(exempt: ReadonlySet<string>): void {
    for (const { id, recipe, where } of this.recipes) {
      const problem = exempt.has(id) ? null : recipeProblem(recipe);
      if (problem !== null) {
        throw new RadlError('recipe', `Error parsing YAML: ${problem} (${where}).`);
      }
    }
  }

  private contextualize(element: JsonObject, where: string): void {
    const section = emptyContextualize();
    const maxTime = element['max_time'] ?? 0;
    if (typeof maxTime !== 'number' || !Number.isFinite(maxTime)) {
      throw structure(where, '"max_time" must be a number of seconds');
    }
    section.maxTime = maxTime;
    const items = element['items'] ?? [];
    if (!Array.isArray(items)) {
      throw structure(where, '"items" must be a list');
    }
    section.items = items.map((item, index) => contextualizeItem(item, `${where}, item ${index + 1}`));
    const options = element['options'] ?? {};
    if (!isObject(options) || Object.values(options).some((option) => typeof option === 'object')) {
      throw structure(where, '"options" must be an object of texts and numbers');
    }
    section.options = jsonFeatures(withVersionAsText(options, where), where, []);
    this.contextualizes.push(section);
  }

  private id(element: JsonObject, where: string, kind: string): string {
    const id = text(element, 'id', where);
    if (!isName(id)) {
      throw structure(where, `"id" must be ${nameRule}`);
    }
    const key = `${kind} ${id}`;
    if (this.ids.has(key)) {
      throw new RadlError(
        'duplicate',
        `Aspect with the same id was found. There are two definitions of ${key}.`,
      );
    }
    if (kind !== 'description') {
      this.ids.add(key);
    }
    return id;
  }
}

function text(element: JsonObject, member: string, where: string): string {
  const value = element[member];
  if (typeof value !== 'string') {
    throw structure(where, `"${member}" must be a text`);
  }
  return value;
}

function whole(element: JsonObject, member: string, where: string): number {
  const value = element[member];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw structure(where, `"${member}" must be a whole number`);
  }
  return value;
}

function deploy(element: JsonObject, where: string): Deploy {
  const result: Deploy = {
    system: text(element, 'system', where),
    vmNumber: whole(element, 'vm_number', where),
  };
  if (element['cloud'] !== undefined && element['cloud'] !== null) {
    result.cloudId = text(element, 'cloud', where);
  }
  return result;
}

/** A version may be a number, unless a final zero may be missing: before Ansible 2.4 there is none that this service could use. */
function withVersionAsText(options: JsonObject, where: string): JsonObject {
  const version = options[versionOption];
  if (typeof version !== 'number') {
    return options;
  }
  const written = String(version);
  if (/\.[1-3]$/.test(written)) {
    throw structure(
      where,
      `"${versionOption}" is ${written} or ${written}0; write it as a text: "${written}" or "${written}0"`,
    );
  }
  return { ...options, [versionOption]: written };
}

function contextualizeItem(item: JsonValue, where: string): ContextualizeItem {
  if (!isObject(item)) {
    throw structure(where, 'it must be an object with "system" and "configure"');
  }
  const result: ContextualizeItem = {
    system: text(item, 'system', where),
    configure: text(item, 'configure', where),
    step: item['step'] === undefined ? 0 : whole(item, 'step', where),
  };
  if (result.step < 0) {
    throw structure(where, '"step" must be a whole number from 0 on');
  }
  if (item['ctxt_tool'] !== undefined && item['ctxt_tool'] !== null) {
    result.ctxtTool = toolNamed(text(item, 'ctxt_tool', where));
  }
  return result;
}
