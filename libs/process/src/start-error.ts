/** The service cannot start, for a reason the operator can mend. The message is one sentence. */
export class StartError extends Error {
  override readonly name = 'StartError';

  /** @param exitCode 2 for the database (spec: lifecycle.md 18), 1 for everything else */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
