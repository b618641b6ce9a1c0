/** What a part started and has to end: servers, engines, folders. */
export class Owned {
  private readonly ends: (() => Promise<unknown>)[] = [];

  /** @param end runs once, after those that were added later */
  add(end: () => Promise<unknown>): void {
    this.ends.push(end);
  }

  /** Ends all of it, also what comes after something that cannot be ended. */
  async end(): Promise<void> {
    for (let end = this.ends.pop(); end !== undefined; end = this.ends.pop()) {
      try {
        await end();
      } catch (error) {
        console.error(
          `Something could not be ended: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
}
