import { YamlProblem } from '@im/radl';
import type { Document } from 'yaml';
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq } from 'yaml';

/** Anchors and aliases of one document: the library looks through all of them for each alias. */
const mostAliases = 2_000;

/** Values that merges (`<<`) may copy. */
const mostCopied = 2_000_000;

/**
 * Makes sure that following the aliases of a document costs no more than its length allows for: the library copies what a merge names, with all
 * that is merged into it.
 * @throws YamlProblem
 */
export function checkAliases(document: Document.Parsed): void {
  new AliasCosts().of(document.contents);
}

class AliasCosts {
  /** Costs of what has an anchor, by its latest name; undefined while it is read. */
  private readonly costs = new Map<string, { cost: number | undefined }>();
  private aliases = 0;

  /** Values that are made for a node: its own, and copies of what is merged. */
  of(node: unknown): number {
    if (isAlias(node)) {
      this.count();
      return 1;
    }
    const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
    if (anchor === undefined) {
      return this.content(node);
    }
    this.count();
    const entry: { cost: number | undefined } = { cost: undefined };
    this.costs.set(anchor, entry);
    const cost = this.content(node);
    entry.cost = cost;
    return cost;
  }

  private content(node: unknown): number {
    let cost = 1;
    for (const item of isCollection(node) ? node.items : []) {
      cost += isPair(item)
        ? isMap(node) && isMergeKey(item.key)
          ? this.merged(item.value)
          : this.of(item.key) + this.of(item.value)
        : this.of(item);
    }
    if (cost > mostCopied) {
      throw new YamlProblem('its aliases multiply each other');
    }
    return cost;
  }

  /** What a merge copies: a map, or each map of a list. */
  private merged(source: unknown): number {
    if (isAlias(source)) {
      this.count();
      const named = this.costs.get(source.source);
      if (named !== undefined && named.cost === undefined) {
        throw new YamlProblem('An alias stands inside of what it names.');
      }
      return named?.cost ?? 1;
    }
    return isSeq(source)
      ? source.items.reduce<number>((sum, item) => sum + this.merged(item), 1)
      : this.of(source);
  }

  private count(): void {
    this.aliases++;
    if (this.aliases > mostAliases) {
      throw new YamlProblem(`there are more than ${mostAliases} anchors and aliases`);
    }
  }
}

/** The library gives a merge key as a symbol. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
}
