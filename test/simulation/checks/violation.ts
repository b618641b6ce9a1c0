/** Something happened that must never happen. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

export function must(holds: boolean, message: () => string): void {
  if (!holds) {
    throw new Violation(message());
  }
}
