import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

/** A server under load. */
export interface Target {
  url: string;
  authorization: string;
  /** null: its processor time is not known. */
  pid: number | null;
}

/** What a round of load showed. */
export interface Round {
  requestsPerSecond: number;
  /** Microseconds of processor time of the server per request; null when not known. */
  cpuMicroseconds: number | null;
}

const connections = 10;

/** Asks one URL as fast as it answers, over a few connections. @throws Error when an answer is not 200 */
export async function loadRound({ url, authorization, pid }: Target, seconds: number): Promise<Round> {
  const before = pid === null ? 0 : cpuMicroseconds(pid);
  const result = await autocannon({ url, connections, duration: seconds, headers: { authorization } });
  const answered = result['2xx'];
  if (result.non2xx > 0 || result.errors > 0 || answered === 0) {
    throw new Error(
      `${url}: ${answered} good answers, ${result.non2xx} others, ${result.errors} broken connections.`,
    );
  }
  return {
    requestsPerSecond: answered / result.duration,
    cpuMicroseconds: pid === null ? null : (cpuMicroseconds(pid) - before) / answered,
  };
}

/** Processor time of all threads of a process, from fields 14 and 15 of /proc/<pid>/stat, which count hundredths of seconds. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
