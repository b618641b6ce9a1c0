import type { CST, Document } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';

/**
 * Lists and maps inside each other that a recipe may have. Ansible needs a handful; the composer calls itself for each, and a process whose
 * stack ends there may die of it.
 */
const maxNesting = 100;

/** Copies that the aliases of a recipe may ask for: whoever follows all of them must come to an end. */
export const maxAliasCount = 1000;

/**
 * Why a recipe is not one YAML document, null when it is (spec: radl.md 4.4, 10). One whose aliases multiply each other is refused:
 * a small text must not grow without bounds.
 */
export function recipeProblem(recipe: string): string | null {
  try {
    return aliasProblem(recipe, onlyDocument(recipe));
  } catch (error) {
    if (error instanceof Problem) {
      return error.message;
    }
    throw error;
  }
}

const maxProblemLength = 200;

/** Ends the reading at the first problem: a text full of mistakes must not cost a thousand times more than a good one. */
class Problem extends Error {
  constructor(message: string) {
    super(message.length > maxProblemLength ? `${message.slice(0, maxProblemLength)}...` : message);
  }
}

function onlyDocument(recipe: string): Document.Parsed | undefined {
  const composer = new Composer({ logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
  Object.assign(composer, {
    onError: (_source: unknown, _code: unknown, message: string, warning?: boolean) => {
      if (warning !== true) {
        throw new Problem(message);
      }
    },
  });
  let only: Document.Parsed | undefined;
  for (const document of composer.compose(shallowTokens(recipe), true, recipe.length)) {
    if (only !== undefined) {
      throw new Problem('there is more than one document');
    }
    only = document;
  }
  const [left] = only?.errors ?? [];
  if (left !== undefined) {
    throw new Problem(left.message);
  }
  return only;
}

function aliasProblem(recipe: string, document: Document.Parsed | undefined): string | null {
  if (document === undefined || !recipe.includes('*')) {
    return null;
  }
  try {
    document.toJS({ maxAliasCount });
    return null;
  } catch (error) {
    if (!(error instanceof ReferenceError)) {
      return null;
    }
    throw new Problem(
      error.message.startsWith('Excessive') ? 'its aliases multiply each other' : error.message,
    );
  }
}

/** The syntax of the text, token by token. @throws Problem when it is wrong, or nested too deeply */
function* shallowTokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield sound(token);
    }
    if (parser.stack.length > maxNesting) {
      throw new Problem(`there are more than ${maxNesting} lists and maps inside each other`);
    }
  }
  for (const token of parser.end()) {
    yield sound(token);
  }
}

function sound(token: CST.Token): CST.Token {
  if (token.type === 'error') {
    throw new Problem(token.source === '' ? token.message : `${token.message}: ${token.source.slice(0, 60)}`);
  }
  return token;
}
