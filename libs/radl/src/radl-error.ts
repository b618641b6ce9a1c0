/** When a document is refused: while reading it, or by the semantic check (spec: radl.md 10). */
export type RadlErrorPhase = 'parse' | 'check';

export type RadlErrorCategory =
  | 'syntax'
  | 'structure'
  | 'duplicate'
  | 'conflict'
  | 'type'
  | 'operator'
  | 'unit'
  | 'value'
  | 'reference'
  | 'index'
  | 'incomplete'
  | 'recipe';

/** Where in the text something stands; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface RadlErrorDetails {
  phase?: RadlErrorPhase;
  position?: Position | undefined;
  /** What would fit instead. */
  expected?: string | undefined;
  /** A known word near to what was found. */
  suggestion?: string | undefined;
  cause?: unknown;
}

/** A document that cannot be used. The message is a sentence for its author, with the line in front when it is known. */
export class RadlError extends Error {
  readonly phase: RadlErrorPhase;
  readonly category: RadlErrorCategory;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly expected: string | undefined;
  readonly suggestion: string | undefined;

  constructor(category: RadlErrorCategory, text: string, details: RadlErrorDetails = {}) {
    super(sentence(text, details), { cause: details.cause });
    this.name = 'RadlError';
    this.phase = details.phase ?? 'parse';
    this.category = category;
    this.line = details.position?.line;
    this.column = details.position?.column;
    this.expected = details.expected;
    this.suggestion = details.suggestion;
  }
}

function sentence(text: string, details: RadlErrorDetails): string {
  const where = details.position === undefined ? '' : `Line ${details.position.line}: `;
  const expected = details.expected === undefined ? '' : ` Expected ${details.expected}.`;
  const suggestion = details.suggestion === undefined ? '' : ` Did you mean '${details.suggestion}'?`;
  return `${where}${text}${expected}${suggestion}`;
}
