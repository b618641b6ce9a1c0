import { composeYaml, YamlProblem } from '@im/radl';
import type { Node } from 'yaml';
import { Document, isAlias, isMap, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { translationError } from '../tosca-error.js';

/** A play of a playbook. Its scalars are kept as they were written, so what Ansible reads does not change. */
export type Play = YAMLMap;

/** Nodes that a playbook may have once its aliases are followed. */
const maxNodes = 200_000;

/** Levels that the aliases of a playbook may make; it is one that stands inside of what it names when there are more. */
const maxLevels = 200;

/** Where and how a play runs is the business of the contextualization (spec: tosca.md 6.3). */
const droppedKeys: ReadonlySet<string> = new Set(['hosts', 'connection']);

/**
 * Reads the plays of a playbook, without `hosts` and `connection`.
 * @param name of the playbook, for messages
 * @throws ToscaError `implementation` for a text that is no list of plays
 */
export function readPlaybook(name: string, text: string): Play[] {
  const { contents } = composePlaybook(name, text);
  if (contents === null || isEmpty(contents)) {
    return [];
  }
  if (!isSeq(contents)) {
    throw unreadable(name, 'it is not a list of plays');
  }
  const plays = new AliasFreeCopy(name).of(contents);
  return (isSeq(plays) ? plays.items : []).map((item) => {
    if (!isMap(item) && !isEmpty(item)) {
      throw unreadable(name, 'a play is not a map');
    }
    return mapOf(isMap(item) ? item.items.filter(({ key }) => !droppedKeys.has(keyText(key))) : []);
  });
}

/** Text of plays as a recipe. */
export function printPlaybook(plays: readonly Play[]): string {
  const list = new YAMLSeq();
  list.items = [...plays];
  return new Document(list, { version: '1.1', schema: 'failsafe', merge: false }).toString({
    lineWidth: 0,
    // They would be looked for in every node, and there are none.
    directives: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
}

/**
 * Merges two playbooks into one (spec: tosca.md 6.5): the first play of the second one goes on with the last play of the first one, its other
 * plays follow. All of them have the variables of the first play of all. Maps are updated, lists appended, of other values the later wins.
 */
export function mergePlaybooks(first: readonly Play[], second: readonly Play[]): Play[] {
  const [start] = first;
  const last = first.at(-1);
  const [next, ...others] = second;
  if (start === undefined || last === undefined || next === undefined) {
    return start === undefined ? [...second] : [...first];
  }
  const shared = mapOf(start.items.filter(({ key }) => keyText(key) === 'vars'));
  return [...first.slice(0, -1), mergePlays(last, next), ...others.map((play) => mergePlays(shared, play))];
}

function mergePlays(first: Play, second: Play): Play {
  const parts = new Map(first.items.map((pair) => [keyText(pair.key), pair]));
  for (const pair of second.items) {
    const key = keyText(pair.key);
    const known = parts.get(key);
    parts.set(key, known === undefined ? pair : new Pair(pair.key, mergeParts(known.value, pair.value)));
  }
  return mapOf([...parts.values()]);
}

function mergeParts(first: unknown, second: unknown): unknown {
  if (isEmpty(second)) {
    return first;
  }
  if (isMap(first) && isMap(second)) {
    const members = new Map([...first.items, ...second.items].map((pair) => [keyText(pair.key), pair]));
    return mapOf([...members.values()]);
  }
  if (isSeq(first) && isSeq(second)) {
    const list = new YAMLSeq();
    list.items = [...first.items, ...second.items];
    return list;
  }
  return second;
}

function composePlaybook(name: string, text: string): { contents: Node | null } {
  try {
    const document = composeYaml(text, { version: '1.1', schema: 'failsafe', merge: false });
    return { contents: document?.contents ?? null };
  } catch (error) {
    if (error instanceof YamlProblem) {
      throw unreadable(name, error.message, error);
    }
    throw error;
  }
}

/** Makes copies in which every alias is replaced by what it stands for: parts of a playbook move, and names may clash with those of another. */
class AliasFreeCopy {
  private readonly anchors = new Map<string, unknown>();
  private count = 0;
  /** Aliases inside each other that are followed just now. */
  private aliases = 0;

  constructor(private readonly name: string) {}

  of(node: unknown, level = 0): unknown {
    this.count++;
    if (this.count > maxNodes || level > maxLevels) {
      throw unreadable(this.name, 'its aliases multiply each other');
    }
    if (isAlias(node)) {
      return this.named(node.source, level);
    }
    if (isScalar(node)) {
      this.remember(node);
      return node.anchor === undefined ? node : this.plainScalar(node);
    }
    if (isMap(node)) {
      this.remember(node);
      const copy = mapOf(
        node.items.map((pair) => new Pair(this.of(pair.key, level + 1), this.of(pair.value, level + 1))),
      );
      return adopt(copy, node);
    }
    if (isSeq(node)) {
      this.remember(node);
      const copy = new YAMLSeq();
      copy.items = node.items.map((item) => this.of(item, level + 1));
      return adopt(copy, node);
    }
    return node;
  }

  /** What an alias stands for; names inside of it do not count again. */
  private named(anchor: string, level: number): unknown {
    if (!this.anchors.has(anchor)) {
      throw unreadable(this.name, `nothing has the name *${anchor}`);
    }
    this.aliases++;
    const copy = this.of(this.anchors.get(anchor), level + 1);
    this.aliases--;
    return copy;
  }

  private remember(node: Scalar | YAMLMap | YAMLSeq): void {
    if (node.anchor !== undefined && this.aliases === 0) {
      this.anchors.set(node.anchor, node);
    }
  }

  private plainScalar(node: Scalar): Scalar {
    const copy = new Scalar(node.value);
    if (node.type !== undefined) {
      copy.type = node.type;
    }
    if (node.tag !== undefined) {
      copy.tag = node.tag;
    }
    return copy;
  }
}

/** Gives a copy the tag, the comments and the style of its original. */
function adopt<T extends YAMLMap | YAMLSeq>(copy: T, original: YAMLMap | YAMLSeq): T {
  if (original.tag !== undefined) {
    copy.tag = original.tag;
  }
  copy.commentBefore = original.commentBefore ?? null;
  copy.comment = original.comment ?? null;
  copy.flow = original.flow ?? false;
  return copy;
}

function mapOf(items: readonly Pair[]): YAMLMap {
  const map = new YAMLMap();
  map.items = [...items];
  return map;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** Nothing, null, or a list or map without members. */
function isEmpty(node: unknown): boolean {
  if (isScalar(node)) {
    return node.type === Scalar.PLAIN && /^(?:~|null|Null|NULL|)$/.test(String(node.value));
  }
  return isMap(node) || isSeq(node) ? node.items.length === 0 : node === null || node === undefined;
}

function unreadable(name: string, reason: string, cause?: unknown): Error {
  const error = translationError('implementation', `The playbook '${name}' cannot be read: ${reason}.`);
  error.cause = cause;
  return error;
}
