/** Kinds of tokens (spec: radl.md 2). */
export type TokenKind = 'name' | 'reserved' | 'number' | 'string' | 'random' | 'symbol' | 'recipe' | 'end';

export interface Token {
  kind: TokenKind;
  /** As it stands in the document, for messages. */
  text: string;
  /** Decoded: the content of a string, the recipe without its frame, the length of a random text. */
  value: string;
  /** Numbers: written with a point. */
  fraction: boolean;
  line: number;
  column: number;
}

/** Words that can be no name. */
export const reservedWords: ReadonlySet<string> = new Set([
  'network',
  'ansible',
  'system',
  'soft',
  'and',
  'contains',
  'deploy',
  'configure',
  'contextualize',
  'step',
  'with',
  'option',
  'description',
]);

const name = /^[a-zA-Z_.][\p{L}\p{N}_.-]*$/u;

/** What a name may be, for messages. */
export const nameRule =
  "a name: a letter, '_' or '.', then letters, digits, '_', '.' and '-'; no word of the language";

/** Whether a text can be the name of an aspect or a feature, in plain RADL too (spec: radl.md 2). */
export function isName(text: string): boolean {
  return name.test(text) && !reservedWords.has(text);
}
