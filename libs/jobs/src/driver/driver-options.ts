/** How operations are driven. All times in milliseconds. */
export interface DriverOptions {
  /** Names this worker in leases; unique among all running workers. */
  owner: string;
  /** OPERATION_LEASE_TIME: how long a lease lives without renewal. */
  leaseTimeMs: number;
  /** Failed tries of one step after which its operation is given up. */
  maxStepAttempts: number;
  /** Wait before the second try of a step; doubles with each further one. */
  backoffMs: number;
  maxBackoffMs: number;
  /** Whoever has more steps to do than fit into this time lets others who wait for a place do theirs first. */
  turnMs: number;
  /** A step that runs longer is told to end (its signal aborts) and counts as failed. */
  stepTimeoutMs: number;
  /** A call that makes something at a cloud goes on so long after its worker was told to stop. */
  finishTimeMs: number;
}

/** Values of a service that has no other wishes. */
export const defaultDriverOptions: Omit<DriverOptions, 'owner'> = {
  leaseTimeMs: 30_000,
  maxStepAttempts: 10,
  backoffMs: 1_000,
  maxBackoffMs: 60_000,
  turnMs: 5_000,
  stepTimeoutMs: 600_000,
  finishTimeMs: 5_000,
};
