import type { ValidationProblem } from './validation-error.js';
import { ValidationError } from './validation-error.js';

const yes = new Set(['1', 'true', 't', 'yes', 'y', 'on']);
const no = new Set(['0', 'false', 'f', 'no', 'n', 'off']);

/** Query of a request; of a repeated name the last value counts. */
export class Query {
  /** null: there is none, as with most requests. */
  private readonly params: URLSearchParams | null;

  /** @param raw what follows the question mark; `+` and `%20` are spaces */
  constructor(raw: string) {
    this.params = raw === '' ? null : new URLSearchParams(raw);
  }

  text(name: string): string | undefined {
    return this.params?.getAll(name).at(-1);
  }

  /**
   * The given flags as booleans (spec: rest-api.md 3.1).
   * @throws ValidationError for a value that is none of the known words
   */
  flags<Name extends string>(defaults: Readonly<Record<Name, boolean>>): Record<Name, boolean> {
    const flags: Record<Name, boolean> = { ...defaults };
    if (this.params === null) {
      return flags;
    }
    const problems: ValidationProblem[] = [];
    for (const name of Object.keys(defaults) as Name[]) {
      const text = this.text(name);
      const word = text?.toLowerCase() ?? '';
      if (text === undefined) {
        continue;
      }
      if (!yes.has(word) && !no.has(word)) {
        problems.push({
          type: 'bool_parsing',
          loc: ['query', name],
          input: text,
          msg: 'Input should be a valid boolean, unable to interpret input',
        });
      }
      flags[name] = yes.has(word);
    }
    const [first] = problems;
    if (first !== undefined) {
      throw new ValidationError(problems, `Incorrect value in ${first.loc[1]} parameter`);
    }
    return flags;
  }
}

/** @throws ValidationError unless the segment is one of the words */
export function oneOf<Word extends string>(
  name: string,
  value: string,
  words: readonly Word[],
  message: string,
): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) {
    const expected = words.map((word) => `'${word}'`).join(' or ');
    throw new ValidationError(
      [
        {
          type: 'literal_error',
          loc: ['path', name],
          input: value,
          msg: `Input should be ${expected}`,
          ctx: { expected },
        },
      ],
      message,
    );
  }
  return found;
}

/** @throws ValidationError unless the segment is a whole number */
export function integerSegment(name: string, value: string): number {
  if (!/^[+-]?\d{1,9}$/.test(value)) {
    throw new ValidationError([
      {
        type: 'int_parsing',
        loc: ['path', name],
        input: value,
        msg: 'Input should be a valid integer, unable to parse string as an integer',
      },
    ]);
  }
  return Number(value);
}
