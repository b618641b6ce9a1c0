/**
 * Looks that everybody shares who asks for the same thing in one turn of the event loop. They begin when the turn ends, so none is older
 * than a question, and the answers of a busy process go out together: clients that wait are woken once for several.
 */
export class SharedLooks<Found> {
  private readonly asked = new Map<string, Promise<Found>>();
  private turnEnds: Promise<void> | null = null;

  /** @param look asks the database; its errors reach everybody who shares it */
  constructor(private readonly look: (id: string) => Promise<Found>) {}

  /** What the look at the end of this turn finds. */
  at(id: string): Promise<Found> {
    let found = this.asked.get(id);
    if (found === undefined) {
      this.turnEnds ??= this.endOfTurn();
      found = this.turnEnds.then(() => this.look(id));
      this.asked.set(id, found);
    }
    return found;
  }

  /** Whoever asks after it gets another look. */
  private endOfTurn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.turnEnds = null;
        this.asked.clear();
        resolve();
      });
    });
  }
}
