/** One wrong part of a request (spec: rest-api.md 5.4). */
export interface ValidationProblem {
  type: 'bool_parsing' | 'int_parsing' | 'literal_error' | 'missing';
  loc: ['query' | 'path', string];
  input: string | null;
  msg: string;
  ctx?: { expected: string };
}

/** A request with wrong parameters: answered 422 in JSON, whatever the client accepts. */
export class ValidationError extends Error {
  constructor(
    readonly problems: readonly ValidationProblem[],
    message?: string,
  ) {
    super(message ?? problems.map((problem) => problem.msg).join('; '));
    this.name = 'ValidationError';
  }
}
