import { RadlError } from '../radl-error.js';
import type { Token, TokenKind } from './token.js';
import { reservedWords } from './token.js';

const namePattern = /[a-zA-Z_.][\p{L}\p{N}_.-]*/uy;
const numberPattern = /[0-9]+(?:\.[0-9]*)?/y;
const randomPattern = /'random\(([0-9]+)\)'/y;
const symbolPattern = /<=|>=|[=<>()[\],]/y;

/**
 * Splits plain RADL into tokens, one at a time, in one pass over the text (spec: radl.md 2). Characters that belong to nothing are
 * skipped, except where skipping them would turn a value into another one.
 */
export class Lexer {
  private offset = 0;
  private line = 1;
  private lineStart = 0;
  private depth = 0;
  private previous: Token | null = null;

  constructor(private readonly source: string) {}

  next(): Token {
    this.previous = this.read();
    return this.previous;
  }

  private read(): Token {
    for (;;) {
      this.skipBlanks();
      if (this.offset >= this.source.length) {
        return this.token('end', '', '');
      }
      const token = this.match();
      if (token !== null) {
        return token;
      }
      this.refuseLostCharacter();
      this.offset++;
    }
  }

  private match(): Token | null {
    const character = this.source[this.offset] as string;
    if (character === '@' && this.source.startsWith('@begin', this.offset)) {
      return this.recipe();
    }
    if (character === "'") {
      return this.string();
    }
    if (character === '"' && this.afterComparator()) {
      return this.doubleQuoted();
    }
    if (character >= '0' && character <= '9') {
      const text = this.take(numberPattern) as string;
      return this.token('number', text, text, text.includes('.'));
    }
    const name = this.take(namePattern);
    if (name !== null) {
      return this.token(reservedWords.has(name) ? 'reserved' : 'name', name, name);
    }
    return this.symbol(character);
  }

  private symbol(character: string): Token | null {
    if (this.depth === 0 && character !== '(' && character !== ')') {
      return null;
    }
    const text = this.take(symbolPattern);
    if (text === null) {
      return null;
    }
    if (text === '(') {
      this.depth++;
    } else if (text === ')') {
      this.depth = Math.max(this.depth - 1, 0);
    }
    return this.token('symbol', text, text);
  }

  private string(): Token {
    const random = this.take(randomPattern);
    if (random !== null) {
      return this.token('random', random, random.slice("'random(".length, -2));
    }
    const start = { line: this.line, column: this.offset - this.lineStart + 1 };
    const text = this.quoted("'");
    if (text === null) {
      throw new RadlError('syntax', "Parse error in: ' (the text in quotes has no end).", {
        position: start,
        expected: "a closing '",
      });
    }
    const token = this.token('string', text, decoded(text.slice(1, -1), "'"));
    return this.countLines(token, text, start);
  }

  /** Means the same as in single quotes, so that it prints as text that reads the same. */
  private doubleQuoted(): Token | null {
    const text = this.quoted('"');
    if (text === null) {
      return null;
    }
    const content = text.slice(1, -1);
    const random = /^random\(([0-9]+)\)$/.exec(content)?.[1];
    if (random !== undefined) {
      return this.token('random', text, random);
    }
    return this.token('string', text, decoded(content, '"\''));
  }

  /**
   * Takes a text in quotes: a backslash guards the character after it, which can be no newline; only single quotes may hold newlines. A
   * loop, since a pattern runs out of stack on a text of some megabytes.
   */
  private quoted(quote: "'" | '"'): string | null {
    for (let at = this.offset + 1; at < this.source.length; at++) {
      const character = this.source[at];
      if (character === quote) {
        const text = this.source.slice(this.offset, at + 1);
        this.offset = at + 1;
        return text;
      }
      if (character === '\\') {
        at++;
      }
      if (this.source[at] === '\n' && (character === '\\' || quote === '"')) {
        return null;
      }
    }
    return null;
  }

  /** From `@begin` to an `@end` at the start of a line; the rest of that line is ordinary text again. */
  private recipe(): Token {
    const start = { line: this.line, column: this.offset - this.lineStart + 1 };
    const bodyStart = this.offset + '@begin'.length;
    const end = this.source.indexOf('\n@end', bodyStart);
    if (end < 0) {
      throw new RadlError('syntax', 'Parse error in: None (the recipe has no end).', {
        position: start,
        expected: 'a line that begins with @end',
      });
    }
    const text = this.source.slice(this.offset, end + 1);
    this.offset = end + '\n@end'.length;
    const token: Token = {
      kind: 'recipe',
      text: '@begin',
      value: withoutPrintedFrame(this.source.slice(bodyStart, end + 1)),
      fraction: false,
      ...start,
    };
    return this.countLines(token, text, start);
  }

  private skipBlanks(): void {
    for (; this.offset < this.source.length; this.offset++) {
      const character = this.source[this.offset];
      if (character === '\n') {
        this.line++;
        this.lineStart = this.offset + 1;
      } else if (character === '#') {
        const end = this.source.indexOf('\n', this.offset);
        this.offset = (end < 0 ? this.source.length : end) - 1;
      } else if (character !== ' ' && character !== '\t' && character !== '\r') {
        return;
      }
    }
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.source);
    if (found === null) {
      return null;
    }
    this.offset += found[0].length;
    return found[0];
  }

  /** The token that ends at the current offset. */
  private token(kind: TokenKind, text: string, value: string, fraction = false): Token {
    return {
      kind,
      text,
      value,
      fraction,
      line: this.line,
      column: this.offset - text.length - this.lineStart + 1,
    };
  }

  private countLines(token: Token, text: string, start: { line: number; column: number }): Token {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.line++;
    }
    if (this.line !== start.line) {
      this.lineStart = this.source.lastIndexOf('\n', this.offset - 1) + 1;
    }
    return { ...token, ...start };
  }

  private afterComparator(): boolean {
    return this.previous?.kind === 'symbol' && /[=<>[,]/.test(this.previous.text);
  }

  /** A wrong sign must not vanish: `-1` is not 1 and `!=` is not `=`. A parameter must have been replaced (spec: radl.md 2, 18). */
  private refuseLostCharacter(): void {
    if (this.source.startsWith('@input.', this.offset)) {
      const name = /^@input\.([^@\s]*)/.exec(this.source.slice(this.offset, this.offset + 200))?.[1] ?? '';
      throw this.lost('@input', `unreplaced parameter ${name}`);
    }
    const next = this.source[this.offset + 1] ?? '';
    const character = this.source[this.offset];
    if (character === '-' && next >= '0' && next <= '9') {
      throw this.lost('-', 'a number has no sign here');
    }
    if (this.depth > 0 && character === '!' && next === '=') {
      throw this.lost('!=', 'there is no such operator');
    }
  }

  private lost(text: string, why: string): RadlError {
    return new RadlError('syntax', `Parse error in: ${text} (${why}).`, {
      position: { line: this.line, column: this.offset - this.lineStart + 1 },
    });
  }
}

/** Content of a string without the backslashes before `quotes`; every other pair stays as it is written (spec: radl.md 2). */
function decoded(content: string, quotes: string): string {
  let text = '';
  let from = 0;
  for (let at = content.indexOf('\\'); at >= 0; at = content.indexOf('\\', at + 2)) {
    if (quotes.includes(content[at + 1] ?? ' ')) {
      text += content.slice(from, at);
      from = at + 1;
    }
  }
  return text + content.slice(from);
}

/**
 * The printed form puts one more newline at each end of a recipe. They are taken away where both are there and the recipe still ends its
 * last line: then printing and reading again is stable (spec: radl.md 8).
 */
function withoutPrintedFrame(recipe: string): string {
  return recipe.startsWith('\n') && recipe.endsWith('\n\n') && recipe.length > 2
    ? recipe.slice(1, -1)
    : recipe;
}
