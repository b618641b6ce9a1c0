import { readdir, readFile } from 'node:fs/promises';
import { until } from './until.js';

/**
 * Waits until every thread of a process stands still after SIGSTOP: until one of them has taken the signal, the others work on, which on a busy
 * machine lasts long enough for an answer.
 * @throws Error when that takes ten seconds, or the process is not there
 */
export async function untilStopped(pid: number): Promise<void> {
  await until(
    () => threadStates(pid),
    (states) => states.length > 0 && states.every((state) => state === 'T'),
    10_000,
  );
}

/** The letter of each thread, as in proc_pid_stat(5): it follows the name of the program, which is in parentheses. */
async function threadStates(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => null)),
  );
  return stats.filter((stat) => stat !== null).map((stat) => stat.charAt(stat.lastIndexOf(')') + 2));
}
