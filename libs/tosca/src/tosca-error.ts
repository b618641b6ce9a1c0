import type { Position } from '@im/radl';

/** When a document is refused: while reading it, or while making RADL of it. */
export type ToscaErrorPhase = 'parse' | 'translate';

/** What is wrong with a document (conformance/documents, README). */
export type ToscaErrorCategory =
  | 'yaml'
  | 'version'
  | 'missing-field'
  | 'unknown-field'
  | 'unknown-type'
  | 'unknown-node'
  | 'unknown-target'
  | 'unknown-input'
  | 'unknown-property'
  | 'occurrences'
  | 'value'
  | 'cycle'
  | 'import'
  | 'repository'
  | 'implementation';

/** One thing that is wrong. */
export interface ToscaProblem {
  category: ToscaErrorCategory;
  /** Name of the kind of error that clients of the Python IM know, e.g. `UnknownFieldError` (spec: tosca.md 2). */
  kind: string;
  /** A sentence for the author of the document. */
  message: string;
  /** Where in the document, when it is the sent one that is wrong. */
  position?: Position | undefined;
}

const introduction =
  'Error parsing TOSCA template: \nThe pre-parsed input failed validation with the following error(s): \n\n';

/** A document that cannot be used. It tells every problem that was found, the first one names category and line. */
export class ToscaError extends Error {
  readonly category: ToscaErrorCategory;
  readonly line: number | undefined;

  constructor(
    readonly phase: ToscaErrorPhase,
    readonly problems: readonly [ToscaProblem, ...ToscaProblem[]],
    options: { cause?: unknown } = {},
  ) {
    super(phase === 'parse' ? parseMessage(problems) : problems.map(sentence).join('\n'), options);
    this.name = 'ToscaError';
    this.category = problems[0].category;
    this.line = problems[0].position?.line;
  }
}

/** A document refused for one reason while RADL is made of it (spec: tosca.md 2: these have no prefix). */
export function translationError(category: ToscaErrorCategory, message: string): ToscaError {
  return new ToscaError('translate', [{ category, kind: 'ToscaError', message }]);
}

function parseMessage(problems: readonly [ToscaProblem, ...ToscaProblem[]]): string {
  const [first] = problems;
  if (first.category === 'yaml') {
    return `Error parsing TOSCA template: ${sentence(first)}`;
  }
  return `${introduction}${problems.map((problem) => `\t${problem.kind}: ${sentence(problem)}`).join('\n')}`;
}

function sentence({ message, position }: ToscaProblem): string {
  return position === undefined ? message : `${message} (line ${position.line}, column ${position.column})`;
}
