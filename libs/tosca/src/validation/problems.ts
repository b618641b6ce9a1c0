import type { Position } from '@im/radl';
import type { ToscaErrorCategory, ToscaProblem } from '../tosca-error.js';
import { ToscaError } from '../tosca-error.js';
import { TypeCycleError } from '../types/type-library.js';
import type { Path } from '../yaml/values.js';

/** Problems that one answer names; a document that is wrong everywhere must not be answered with megabytes. */
const mostProblems = 50;

/** Characters of one message, which may hold a value of the document. */
const longestMessage = 1000;

/** Collects what is wrong with one document (spec: tosca.md 2). */
export class Problems {
  private readonly found: ToscaProblem[] = [];
  private count = 0;

  /** @param positionOf where a path of the document stands; asked for problems only */
  constructor(private readonly positionOf: (path: Path) => Position | undefined) {}

  /**
   * @param kind name of the error in the Python IM
   * @param path of the value, or of the section that lacks one
   */
  add(category: ToscaErrorCategory, kind: string, message: string, path: Path): void {
    this.count++;
    if (this.found.length < mostProblems) {
      this.found.push({ category, kind, message: shortened(message), position: this.positionOf(path) });
    }
  }

  /**
   * Does one step of a check that may come upon a type which derives from itself; such a step ends there.
   * @param path of what uses the type
   * @returns undefined when it did
   */
  step<Value>(work: () => Value, path: Path): Value | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TypeCycleError)) {
        throw error;
      }
      for (const { category, kind, message } of error.problems) {
        this.add(category, kind, message, path);
      }
      return undefined;
    }
  }

  /** A key that has no place there; the known ones are for the suggestion. */
  unknownField(place: string, key: string, path: Path): void {
    this.add(
      'unknown-field',
      'UnknownFieldError',
      `${place} contains unknown field "${key}". Refer to the definition to verify valid values.`,
      path,
    );
  }

  missingField(place: string, field: string, path: Path): void {
    this.add(
      'missing-field',
      'MissingRequiredFieldError',
      `${place} is missing required field "${field}".`,
      path,
    );
  }

  value(kind: string, message: string, path: Path): void {
    this.add('value', kind, message, path);
  }

  get any(): boolean {
    return this.count > 0;
  }

  /** @throws ToscaError with all of them, when there are any */
  throwIfAny(): void {
    const [first, ...others] = this.found;
    if (first === undefined) {
      return;
    }
    const left = this.count - this.found.length;
    if (left > 0) {
      others.push({ ...first, position: undefined, message: `${left} more problems are not listed.` });
    }
    throw new ToscaError('parse', [first, ...others]);
  }
}

function shortened(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message;
}
