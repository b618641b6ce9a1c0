/** What handlers may know of the world; all of it replaceable by a simulator. */

/** Milliseconds since the epoch of this process. Leases and deadlines use the store's clock instead. */
export interface Clock {
  now(): number;
}

export interface Random {
  /** Uniform in [0, 1). For jitter, not for secrets. */
  next(): number;
  /** Text of `length` letters and digits from a cryptographic source. */
  secret(length: number): string;
}

export interface Ids {
  /** UUID version 1, the form of infrastructure ids. */
  infrastructure(): string;
  /**
   * Time-ordered UUID (version 7): operations of an infrastructure are done in the order of their ids.
   * @param now the database's clock, since the clocks of replicas differ; milliseconds since the epoch
   */
  operation(now: number): string;
  /** Random UUID for everything else. */
  resource(): string;
}

/** Log lines of the service itself (not the contextualization log of an infrastructure). */
export interface Logger {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
  child(bindings: object): Logger;
}

/** Figures of what handlers do. */
export interface WorkMetrics {
  operationFinished(kind: string, outcome: string, seconds: number): void;
  stepFinished(kind: string, step: string, seconds: number): void;
  cloudCall(cloudType: string, method: string, outcome: string, seconds: number): void;
  /** Work was taken over from a process that did not give it back: it died, was cut off or too slow. */
  leaseTakenOver(): void;
}

/** Options of configuration.md that the domain needs, with their units. */
export interface DomainOptions {
  /** Attempts per VM, the first included. */
  maxVmFails: number;
  delayBetweenVmRetriesMs: number;
  /** Provider calls outstanding for one infrastructure. */
  maxSimultaneousLaunches: number;
  defaultVmCpus: number;
  defaultVmMemory: number;
  defaultVmMemoryUnit: string;
  defaultVmCpuArch: string;
  /** Host name of interface 0 when the RADL gives none, with `#N#`. */
  defaultVmName: string;
  /** VM information younger than this is not asked for again. */
  vmInfoUpdateFrequencyMs: number;
  vmInfoUpdateErrorGracePeriodMs: number;
  maxContextualizationTimeMs: number;
  /** A launch that a cloud never answers is given up after this time. */
  launchTimeoutMs: number;
  /** Time within which a destroy must succeed before it fails with what is left. */
  destroyTimeoutMs: number;
  /** Names of the tags put on machines; an absent one is not put (options VM_TAG_*). */
  machineTags: MachineTagNames;
}

export interface MachineTagNames {
  username?: string;
  infrastructureId?: string;
  /** The public URL of this service, when it is configured. */
  serviceUrl?: { name: string; value: string };
  service?: string;
}
