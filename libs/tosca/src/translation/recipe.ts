import type { Evaluation } from '../functions/evaluate.js';
import { translationError } from '../tosca-error.js';
import type { ToscaMap } from '../yaml/values.js';
import type { Implementation } from './implementations.js';
import type { Download } from './operation-inputs.js';
import { inputsOf } from './operation-inputs.js';
import type { Operation } from './operations.js';
import type { Play } from './playbook.js';
import { mergePlaybooks, printPlaybook, readPlaybook } from './playbook.js';
import { mapValue, recipeMap, recipeValue } from './recipe-values.js';
import { scriptPlay } from './script-play.js';

/** An operation with the file that it runs. */
export interface Run {
  operation: Operation;
  implementation: Implementation;
}

/** Characters that all recipes of a document may have together: a small document may run a long playbook for many nodes. */
const mostText = 20_000_000;

/** Makes recipes; a playbook that many nodes run is read once. */
export class RecipeWriter {
  private readonly playbooks = new Map<string, Play[]>();
  private length = 0;

  /** @param files texts of the implementations, by URL */
  constructor(
    private readonly files: ReadonlyMap<string, string>,
    private readonly evaluation: Evaluation,
  ) {}

  /**
   * The recipe that runs operations one after the other, with their inputs as variables (spec: tosca.md 6.5).
   * @throws ToscaError for an input without value or a text that is no playbook
   */
  recipe(runs: readonly Run[]): string {
    const variables: ToscaMap = new Map();
    const downloads: Download[] = [];
    const playbooks: Play[][] = [];
    for (const { operation, implementation } of runs) {
      const inputs = inputsOf(operation, this.evaluation);
      for (const [name, value] of inputs.values) {
        variables.set(name, value);
      }
      downloads.push(...inputs.downloads);
      playbooks.push(
        implementation.kind === 'playbook'
          ? this.playbook(implementation.url)
          : [scriptPlay(implementation.url, this.textOf(implementation.url), inputs.values)],
      );
    }
    const text = printPlaybook(playbooks.reduce(mergePlaybooks, [startOf(variables, downloads)]));
    this.length += text.length;
    if (this.length > mostText) {
      throw translationError('value', `The recipes of the document have more than ${mostText} characters.`);
    }
    return text;
  }

  private playbook(url: string): Play[] {
    const plays = this.playbooks.get(url) ?? readPlaybook(url, this.textOf(url));
    this.playbooks.set(url, plays);
    return plays;
  }

  private textOf(url: string): string {
    return this.files.get(url) ?? '';
  }
}

/** The play that all others go on with: variables, and tasks that fetch files. */
function startOf(variables: ToscaMap, downloads: readonly Download[]): Play {
  const tasks = downloads.map(({ url, path }) =>
    mapValue({
      name: `Download artifact ${url}`,
      get_url: `dest=${path} url='${url.replaceAll("'", '%27')}'`,
    }),
  );
  return recipeMap([
    ...(variables.size === 0 ? [] : [['vars', recipeValue(variables)] as const]),
    ...(tasks.length === 0 ? [] : [['tasks', recipeValue(tasks)] as const]),
  ]);
}
