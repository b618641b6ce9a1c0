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
  const tokens = shallowTokens(recipe);
  if (tokens === null) {
    return `there are more than ${maxNesting} lists and maps inside each other`;
  }
  const composer = new Composer({ logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(tokens, true, recipe.length)) {
    if (first !== undefined) {
      return 'there is more than one document';
    }
    first = document;
  }
  return first?.errors[0]?.message ?? aliasProblem(recipe, first);
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
    return error.message.startsWith('Excessive') ? 'its aliases multiply each other' : error.message;
  }
}

/** The syntax of the text, null when it is nested too deeply. */
function shallowTokens(text: string): CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
    }
    if (parser.stack.length > maxNesting) {
      return null;
    }
  }
  return [...tokens, ...parser.end()];
}
