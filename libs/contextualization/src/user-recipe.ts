import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, parseDocument, Scalar, YAMLSeq } from 'yaml';

/** What the plays of a recipe get from their step. */
export interface PlayHeader {
  /** By it the events of a run tell the recipe. */
  name: string;
  /** Inventory names, or a variable. */
  hosts: readonly string[];
  become: boolean;
  strategy?: string;
}

/**
 * The plays of a recipe. All values keep the notation of their author, since another one may mean something else to Ansible: `0644`
 * and `644`, `1.0` and `1`, `"22:22"` and `22:22`. So do comments, anchors and tags (`!vault`, `!unsafe`).
 */
export class UserRecipe {
  private constructor(
    private readonly document: Document,
    private readonly plays: readonly YAMLMap[],
  ) {}

  /** @returns null for a recipe that is no list of plays: it is nothing to run (spec: contextualization.md 10.3) */
  static read(text: string): UserRecipe | null {
    const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
    const list = document.contents;
    if (!isSeq(list) || list.items.length === 0 || !list.items.every((item) => isMap(item))) {
      return null;
    }
    return new UserRecipe(
      document,
      list.items.filter((item) => isMap(item)),
    );
  }

  /** A play says itself which hosts it is for, too. */
  get namesHosts(): boolean {
    return this.plays.some((play) => ownHosts(play, this.document).length > 0);
  }

  /**
   * The recipe as a playbook: its plays are run in the name of root unless they say otherwise, and on their own hosts besides those of
   * the step. To be called once.
   */
  print(header: PlayHeader): string {
    // Before the first change, since hosts may stand for those of another play.
    const hosts = this.plays.map((play) => ownHosts(play, this.document));
    for (const [index, play] of this.plays.entries()) {
      addHeader(play, header, hosts[index] ?? [], this.document);
    }
    return this.document.toString({ lineWidth: 0 });
  }
}

function addHeader(play: YAMLMap, header: PlayHeader, own: readonly Node[], document: Document): void {
  const hosts = new YAMLSeq();
  hosts.items = [...header.hosts.map(quoted), ...own];
  const rest = play.items.filter(
    ({ key, value }) => !isNothing(value) && !['name', 'hosts'].includes(nameOf(key)),
  );
  const known = new Set(rest.map(({ key }) => nameOf(key)));
  const defaults = Object.entries({
    become: String(header.become),
    gather_facts: 'false',
    ...(header.strategy === undefined ? {} : { strategy: header.strategy }),
  }).filter(([key]) => !known.has(key));
  play.items = [
    document.createPair('name', quoted(header.name)),
    document.createPair('hosts', hosts),
    ...defaults.map(([key, value]): Pair => document.createPair(key, value)),
    ...rest,
  ];
}

/** Hosts that the play itself names. */
function ownHosts(play: YAMLMap, document: Document): Node[] {
  const value = play.items.find(({ key }) => nameOf(key) === 'hosts')?.value;
  const hosts = isAlias(value) ? value.resolve(document) : value;
  const nodes: unknown[] = isSeq(hosts) ? hosts.items : [hosts];
  return nodes.filter((node): node is Node => isScalar(node) && !isNothing(node) && node.value !== '');
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

/** `key:`, `key: ~` and the like: as if the key were not there. */
function isNothing(value: unknown): boolean {
  return (
    value === null ||
    (isScalar(value) &&
      value.type === Scalar.PLAIN &&
      ['', '~', 'null', 'Null', 'NULL'].includes(String(value.value)))
  );
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
