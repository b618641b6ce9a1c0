/**
 * Looks at rows that everybody shares who asks in one turn of the event loop: one statement for all of them. It begins when the turn
 * ends, so it is never older than a question, and the answers of a busy process go out together: clients that wait are woken once for
 * several.
 */
export class SharedLooks<Found> {
  private readonly asked = new Map<string, Promise<Found | null>>();
  private found: Promise<ReadonlyMap<string, Found>> | null = null;

  /**
   * @param look asks the database; its errors reach everybody who shares it
   * @param judged what one of them is told after a look, null when there is no such row; an error reaches those who asked for it
   */
  constructor(
    private readonly look: (ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
    private readonly judged: (id: string, found: Found | null) => Promise<Found | null>,
  ) {}

  /** What the look at the end of this turn finds. */
  at(id: string): Promise<Found | null> {
    let answer = this.asked.get(id);
    if (answer === undefined) {
      this.found ??= this.endOfTurn();
      answer = this.found.then((found) => this.judged(id, found.get(id) ?? null));
      this.asked.set(id, answer);
    }
    return answer;
  }

  /** Whoever asks after it gets another look. */
  private async endOfTurn(): Promise<ReadonlyMap<string, Found>> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const ids = [...this.asked.keys()];
    this.asked.clear();
    this.found = null;
    return this.look(ids);
  }
}
