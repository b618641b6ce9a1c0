import type { Chance } from './chance.js';

/** What may go wrong in one simulation, and how often. Probabilities of 0 to 1; drawn from the seed, so that every seed has its own weather. */
export interface Faults {
  /** At any turn or timer of a process, that process dies. */
  crash: number;
  /** At any turn or timer of a process, it sleeps for a while, often longer than its leases live. */
  sleep: number;
  /** A call to the database fails without effect. */
  storeAway: number;
  /** The connection breaks after COMMIT was sent: it is done, and nobody is told. */
  commitUnknown: number;
  /** Messages are slow now and then. */
  slow: number;
  wakeUpLost: number;
  wakeUpDoubled: number;
  wakeUpLate: number;
  notificationLost: number;
  /** Redis loses everything it holds, so many times. */
  redisFlushes: number;
  /** Workers are told to stop and replaced, so many times. */
  rollingRestarts: number;
  /** A cloud call is refused. */
  cloudError: number;
  /** A cloud call does its work and answers with an error. */
  cloudErrorAfterWork: number;
  /** A cloud call does its work and never answers. */
  cloudSilent: number;
  /** A cloud call never arrives, and nobody is told. */
  cloudLost: number;
  cloudSlow: number;
  /** Wall clocks of processes differ by up to this, in milliseconds. */
  clockSkewMs: number;
}

/** Nothing goes wrong; messages only take their time. */
export const noFaults: Faults = {
  crash: 0,
  sleep: 0,
  storeAway: 0,
  commitUnknown: 0,
  slow: 0,
  wakeUpLost: 0,
  wakeUpDoubled: 0,
  wakeUpLate: 0,
  notificationLost: 0,
  redisFlushes: 0,
  rollingRestarts: 0,
  cloudError: 0,
  cloudErrorAfterWork: 0,
  cloudSilent: 0,
  cloudLost: 0,
  cloudSlow: 0,
  clockSkewMs: 0,
};

/** Share of the seeds in which nothing goes wrong: there even delays are mistakes. */
const calmShare = 0.1;

/** Each kind of fault is absent from half of the seeds: what hides behind one must show without it. */
export function drawFaults(chance: Chance): Faults {
  if (chance.happens(calmShare)) {
    return { ...noFaults };
  }
  const sometimes = (most: number): number => (chance.happens(0.5) ? chance.next() * most : 0);
  const often = (most: number): number => (chance.happens(0.5) ? chance.whole(1, most) : 0);
  return {
    crash: sometimes(0.012),
    sleep: sometimes(0.006),
    storeAway: sometimes(0.03),
    commitUnknown: sometimes(0.03),
    slow: sometimes(0.1),
    wakeUpLost: sometimes(0.5),
    wakeUpDoubled: sometimes(0.3),
    wakeUpLate: sometimes(0.4),
    notificationLost: sometimes(0.6),
    redisFlushes: often(3),
    rollingRestarts: often(3),
    cloudError: sometimes(0.25),
    cloudErrorAfterWork: sometimes(0.2),
    cloudSilent: sometimes(0.15),
    cloudLost: sometimes(0.15),
    cloudSlow: sometimes(0.4),
    clockSkewMs: chance.happens(0.3) ? 300_000 : 0,
  };
}

export function isCalm(faults: Faults): boolean {
  return Object.values(faults).every((value) => value === 0);
}
