import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again until the answer is as wanted.
 * @throws Error with the last answer when that takes longer than `limitMs`
 */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  limitMs = 30_000,
): Promise<T> {
  const limit = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) {
      return answer;
    }
    if (Date.now() > limit) {
      throw new Error(`After ${limitMs / 1000} s it is still ${JSON.stringify(answer)}.`);
    }
    await pause(50);
  }
}
