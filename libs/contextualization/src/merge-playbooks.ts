import { readYaml } from './recipe-yaml.js';

/** A play of Ansible, as data. */
export type Play = Record<string, unknown>;

/** The plays of a recipe; one that is no list of mappings has none. @param recipe YAML text that was checked when the document came in */
function playsOf(recipe: string): Play[] {
  const value = readYaml(recipe);
  const plays: unknown[] = Array.isArray(value) ? value.map((play: unknown) => play ?? {}) : [];
  return plays.every(isPlay) ? plays : [];
}

/**
 * Merges the first play of one playbook into each play of another: mappings are united, lists appended, different scalars become a
 * list, values that are false or empty do not count (spec: contextualization.md 10.3).
 */
export function mergePlaybooks(first: string, second: string): Play[] {
  const [header = {}] = playsOf(first);
  return playsOf(second).map((play) => mergePlay(header, play));
}

function mergePlay(header: Play, play: Play): Play {
  const merged: Play = { ...header };
  for (const [key, value] of Object.entries(play)) {
    const known = merged[key];
    if (isTruthy(value)) {
      merged[key] = isTruthy(known) ? mergeValues(known, value) : value;
    }
  }
  return merged;
}

function mergeValues(known: unknown, value: unknown): unknown {
  if (isPlay(known) && isPlay(value)) {
    return { ...known, ...value };
  }
  if (Array.isArray(known) && Array.isArray(value)) {
    return [...(known as unknown[]), ...(value as unknown[])];
  }
  return [known, value];
}

function isPlay(value: unknown): value is Play {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length > 0;
  }
  return isPlay(value) ? Object.keys(value).length > 0 : Boolean(value);
}
