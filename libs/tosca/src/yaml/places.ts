import type { Position } from '@im/radl';
import type { Event } from 'js-yaml';
import { EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Path, PathStep } from './values.js';

/** Line and column, from 1, of a place in a text. */
export function positionAt(text: string, offset: number): Position {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) {
    line++;
  }
  return { line, column: offset - lineStart + 1 };
}

/**
 * Where the key at a path stands, or the list element; the nearest known place above when there is none. What an alias or a merge brings stands
 * at the alias.
 * @param events of the parsed text, one document
 */
export function offsetOf(text: string, events: readonly Event[], path: Path): number | undefined {
  return new Places(text, events).find(path);
}

class Places {
  constructor(
    private readonly text: string,
    private readonly events: readonly Event[],
  ) {}

  find(path: Path): number | undefined {
    // The first event opens the document.
    let node = 1;
    let offset: number | undefined;
    for (const step of path) {
      const found = this.member(node, step);
      if (found === undefined) {
        return offset;
      }
      offset = startOf(this.events[found.place]) ?? offset;
      node = found.value;
    }
    return offset;
  }

  /** Indices of the events where a member of a map or list is shown, and where its value begins. */
  private member(node: number, step: PathStep): { place: number; value: number } | undefined {
    const event = this.events[node];
    if (event?.type === EVENT_ID.MAPPING) {
      return this.pair(node, String(step));
    }
    return event?.type === EVENT_ID.SEQUENCE && typeof step === 'number' ? this.item(node, step) : undefined;
  }

  /** Of a key that stands twice the later one counts. */
  private pair(node: number, name: string): { place: number; value: number } | undefined {
    let found: { place: number; value: number } | undefined;
    for (let key = node + 1; this.isNode(key); ) {
      const value = this.after(key);
      if (this.isKey(key, name)) {
        found = { place: key, value };
      }
      key = this.after(value);
    }
    return found;
  }

  private item(node: number, index: number): { place: number; value: number } | undefined {
    let at = node + 1;
    for (let left = index; left > 0 && this.isNode(at); left--) {
      at = this.after(at);
    }
    return this.isNode(at) ? { place: at, value: at } : undefined;
  }

  private isNode(at: number): boolean {
    const event = this.events[at];
    return event !== undefined && event.type !== EVENT_ID.POP;
  }

  private isKey(at: number, name: string): boolean {
    const event = this.events[at];
    return event?.type === EVENT_ID.SCALAR && getScalarValue(this.text, event) === name;
  }

  /** Index after a node and all that is in it. */
  private after(node: number): number {
    let open = 0;
    let at = node;
    do {
      const event = this.events[at++];
      if (event === undefined) {
        return at;
      }
      if (event.type === EVENT_ID.POP) {
        open--;
      } else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
        open++;
      }
    } while (open > 0);
    return at;
  }
}

/** Where a node begins; undefined for an empty one. */
export function startOf(event: Event | undefined): number | undefined {
  switch (event?.type) {
    case EVENT_ID.SCALAR: {
      // The range of a scalar in quotes is that of its content.
      const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
      return event.valueStart < 0 ? undefined : event.valueStart - (quoted ? 1 : 0);
    }
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    default:
      return undefined;
  }
}
