import { nearestWord } from '../nearest-word.js';
import { RadlError } from '../radl-error.js';
import { Lexer } from './lexer.js';
import type { Token, TokenKind } from './token.js';

/** Tokens with one of look-ahead, and the errors of a parser. */
export class TokenStream {
  private readonly lexer: Lexer;
  private current: Token;

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.current = this.lexer.next();
  }

  peek(): Token {
    return this.current;
  }

  take(): Token {
    const token = this.current;
    this.current = this.lexer.next();
    return token;
  }

  /** Whether the next token is this symbol or reserved word. */
  at(text: string): boolean {
    return (this.current.kind === 'symbol' || this.current.kind === 'reserved') && this.current.text === text;
  }

  /** Takes the symbol or word when it is next. */
  accept(text: string): boolean {
    if (!this.at(text)) {
      return false;
    }
    this.take();
    return true;
  }

  expect(text: string): Token {
    if (!this.at(text)) {
      throw this.unexpected(`'${text}'`, [text]);
    }
    return this.take();
  }

  expectKind(kind: TokenKind, expected: string): Token {
    if (this.current.kind !== kind) {
      throw this.unexpected(expected);
    }
    return this.take();
  }

  /** The error for the next token. @param words what might have been meant */
  unexpected(expected: string, words: readonly string[] = []): RadlError {
    const token = this.current;
    if (token.kind === 'end') {
      return new RadlError('syntax', 'Parse error in: None (the document ends too early).', { expected });
    }
    const suggestion = token.kind === 'name' ? nearestWord(token.text, words) : undefined;
    const text = token.text.length > 60 ? `${token.text.slice(0, 60)}...` : token.text;
    return new RadlError('syntax', `Parse error in: ${text}.`, {
      position: { line: token.line, column: token.column },
      expected,
      suggestion,
    });
  }
}
