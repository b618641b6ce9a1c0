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
