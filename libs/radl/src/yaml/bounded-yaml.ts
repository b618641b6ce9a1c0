import type { CST, Document, DocumentOptions, ParseOptions, SchemaOptions } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';

/**
 * Lists and maps inside each other that a text may have. Documents need a handful; the composer calls itself for each, and a process whose
 * stack ends there may die of it.
 */
const maxNesting = 100;

const maxProblemLength = 200;

/** Why a text is not one YAML document. The reading ends at the first problem: a text full of mistakes must not cost a thousand times more than a good one. */
export class YamlProblem extends Error {
  /** @param offset where in the text, in characters, when it is known */
  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(message.length > maxProblemLength ? `${message.slice(0, maxProblemLength)}...` : message);
    this.name = 'YamlProblem';
  }
}

/**
 * The one YAML document of a text, read with a bound on its nesting; undefined for a text without one.
 * @throws YamlProblem
 */
export function composeYaml(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions = {},
): Document.Parsed | undefined {
  const composer = new Composer({ logLevel: 'silent', prettyErrors: false, uniqueKeys: false, ...options });
  Object.assign(composer, {
    onError: (source: unknown, _code: unknown, message: string, warning?: boolean) => {
      if (warning !== true) {
        throw new YamlProblem(message, offsetOf(source));
      }
    },
  });
  let only: Document.Parsed | undefined;
  for (const document of composer.compose(shallowTokens(text), true, text.length)) {
    if (only !== undefined) {
      throw new YamlProblem('there is more than one document', document.range?.[0]);
    }
    only = document;
  }
  const [left] = only?.errors ?? [];
  if (left !== undefined) {
    throw new YamlProblem(left.message, left.pos[0]);
  }
  return only;
}

/** The composer says where by an offset, a range, or a token. */
function offsetOf(source: unknown): number | undefined {
  if (typeof source === 'number') {
    return source;
  }
  if (Array.isArray(source)) {
    return offsetOf(source[0]);
  }
  return typeof source === 'object' && source !== null && 'offset' in source
    ? offsetOf(source.offset)
    : undefined;
}

/** The syntax of the text, token by token. @throws YamlProblem when it is wrong, or nested too deeply */
function* shallowTokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield sound(token);
    }
    if (parser.stack.length > maxNesting) {
      throw new YamlProblem(
        `there are more than ${maxNesting} lists and maps inside each other`,
        parser.offset,
      );
    }
  }
  for (const token of parser.end()) {
    yield sound(token);
  }
}

function sound(token: CST.Token): CST.Token {
  if (token.type === 'error') {
    throw new YamlProblem(
      token.source === '' ? token.message : `${token.message}: ${token.source.slice(0, 60)}`,
      token.offset,
    );
  }
  return token;
}
