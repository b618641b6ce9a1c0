import type { Document } from 'yaml';
import type { Contextualize } from '../model/radl.js';
import { composeYaml, YamlProblem } from '../yaml/bounded-yaml.js';

/** Copies that the aliases of a recipe may ask for: whoever follows all of them must come to an end. */
export const maxAliasCount = 1000;

/**
 * Why a recipe is not one YAML document, null when it is (spec: radl.md 4.4, 10). One whose aliases multiply each other is refused:
 * a small text must not grow without bounds.
 */
export function recipeProblem(recipe: string): string | null {
  try {
    return aliasProblem(recipe, composeYaml(recipe));
  } catch (error) {
    if (error instanceof YamlProblem) {
      return error.message;
    }
    throw error;
  }
}

/** Configures that only cloud-init uses: their recipes may be shell scripts (spec: radl.md 4.4, "Better"). */
export function cloudInitConfigures(contextualize: Contextualize | undefined): ReadonlySet<string> {
  const items = contextualize?.items ?? [];
  const forAnsible = new Set(
    items.filter((item) => item.ctxtTool !== 'cloud_init').map((item) => item.configure),
  );
  return new Set(items.map((item) => item.configure).filter((id) => !forAnsible.has(id)));
}

function aliasProblem(recipe: string, document: Document.Parsed | undefined): string | null {
  if (document === undefined || !recipe.includes('*')) {
    return null;
  }
  try {
    document.toJS({ maxAliasCount });
    return null;
  } catch (error) {
    if (!(error instanceof ReferenceError)) {
      return null;
    }
    throw new YamlProblem(
      error.message.startsWith('Excessive') ? 'its aliases multiply each other' : error.message,
    );
  }
}
