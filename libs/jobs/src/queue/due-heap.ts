interface Entry {
  key: string;
  dueAt: number;
  /** Breaks ties in order of arrival. */
  sequence: number;
}

/** Keys with the time they are due, soonest first: a binary heap in which each key stands once. */
export class DueHeap {
  private readonly heap: Entry[] = [];
  private readonly valid = new Map<string, Entry>();
  private sequence = 0;

  get size(): number {
    return this.valid.size;
  }

  /** Adds a key; of two times for the same key the sooner stays. */
  add(key: string, dueAt: number): void {
    const known = this.valid.get(key);
    if (known !== undefined && known.dueAt <= dueAt) {
      return;
    }
    const entry = { key, dueAt, sequence: this.sequence++ };
    this.valid.set(key, entry);
    this.heap.push(entry);
    this.siftUp(this.heap.length - 1);
  }

  /** When the soonest key is due; undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.top()?.dueAt;
  }

  /** Takes the soonest key if it is due at `now`. */
  takeDue(now: number): string | undefined {
    const first = this.top();
    if (first === undefined || first.dueAt > now) {
      return undefined;
    }
    this.removeTop();
    this.valid.delete(first.key);
    return first.key;
  }

  clear(): void {
    this.heap.length = 0;
    this.valid.clear();
  }

  /** The soonest entry that was not replaced by a sooner one of its key. */
  private top(): Entry | undefined {
    let first = this.heap[0];
    while (first !== undefined && this.valid.get(first.key) !== first) {
      this.removeTop();
      first = this.heap[0];
    }
    return first;
  }

  private removeTop(): void {
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) {
      this.heap[0] = last;
      this.siftDown();
    }
  }

  private siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfSooner(index, parent)) {
        return;
      }
      index = parent;
    }
  }

  private siftDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.isSooner(left + 1, left) ? left + 1 : left;
      if (!this.swapIfSooner(child, index)) {
        return;
      }
      index = child;
    }
  }

  private isSooner(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    if (first === undefined || second === undefined) {
      return false;
    }
    return first.dueAt < second.dueAt || (first.dueAt === second.dueAt && first.sequence < second.sequence);
  }

  private swapIfSooner(lower: number, upper: number): boolean {
    const low = this.heap[lower];
    const up = this.heap[upper];
    if (low === undefined || up === undefined || !this.isSooner(lower, upper)) {
      return false;
    }
    this.heap[lower] = up;
    this.heap[upper] = low;
    return true;
  }
}
