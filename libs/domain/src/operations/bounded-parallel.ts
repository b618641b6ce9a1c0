import { isOwnTrouble } from './own-trouble.js';

/**
 * Runs `work` for every item, at most `limit` at once; each outcome is a value or the error it threw.
 * @returns outcomes in the order of `items`
 * @throws what our own store threw (see isOwnTrouble), when all have ended
 */
export async function boundedParallel<Item, Value>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Value>,
): Promise<({ value: Value } | { error: unknown })[]> {
  const outcomes = new Array<{ value: Value } | { error: unknown }>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index] as Item;
      try {
        outcomes[index] = { value: await work(item) };
      } catch (error) {
        outcomes[index] = { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(limit, 1), items.length) }, worker));
  for (const outcome of outcomes) {
    if ('error' in outcome && isOwnTrouble(outcome.error)) {
      throw outcome.error;
    }
  }
  return outcomes;
}
