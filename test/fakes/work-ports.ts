import type { DomainOptions, Ids, Logger, Random, WorkMetrics } from '@im/domain';

/** Ids in a readable, time-ordered row. */
export class CountingIds implements Ids {
  private count = 0;

  infrastructure(): string {
    return this.next('1');
  }

  operation(): string {
    return this.next('7');
  }

  resource(): string {
    return this.next('4');
  }

  private next(version: string): string {
    this.count++;
    return `00000000-0000-${version}000-8000-${this.count.toString().padStart(12, '0')}`;
  }
}

/** The same row of numbers for the same seed (mulberry32). */
export class SeededRandom implements Random {
  constructor(private seed: number) {}

  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  secret(length: number): string {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    return Array.from({ length }, () => letters[Math.floor(this.next() * letters.length)]).join('');
  }
}

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  data: object;
}

/** Keeps what was logged. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly bindings: object = {},
  ) {}

  debug(message: string, data?: object): void {
    this.add('debug', message, data);
  }

  info(message: string, data?: object): void {
    this.add('info', message, data);
  }

  warn(message: string, data?: object): void {
    this.add('warn', message, data);
  }

  error(message: string, data?: object): void {
    this.add('error', message, data);
  }

  child(bindings: object): Logger {
    return new RecordingLogger(this.lines, { ...this.bindings, ...bindings });
  }

  /** Lines that tell of trouble. */
  get complaints(): LogLine[] {
    return this.lines.filter((line) => line.level === 'warn' || line.level === 'error');
  }

  private add(level: LogLine['level'], message: string, data: object = {}): void {
    this.lines.push({ level, message, data: { ...this.bindings, ...data } });
  }
}

/** Keeps the figures of finished operations. */
export class RecordingMetrics implements WorkMetrics {
  readonly operations: { kind: string; outcome: string; seconds: number }[] = [];
  steps = 0;
  cloudCalls = 0;
  takeOvers = 0;

  operationFinished(kind: string, outcome: string, seconds: number): void {
    this.operations.push({ kind, outcome, seconds });
  }

  stepFinished(): void {
    this.steps++;
  }

  cloudCall(): void {
    this.cloudCalls++;
  }

  leaseTakenOver(): void {
    this.takeOvers++;
  }
}

/** Options of a service with short times; spread and change what a test is about. */
export const testDomainOptions: DomainOptions = {
  maxVmFails: 3,
  delayBetweenVmRetriesMs: 5_000,
  maxSimultaneousLaunches: 3,
  defaultVmCpus: 1,
  defaultVmMemory: 512,
  defaultVmMemoryUnit: 'MB',
  defaultVmCpuArch: 'x86_64',
  defaultVmName: 'vnode-#N#',
  vmInfoUpdateFrequencyMs: 10_000,
  vmInfoUpdateErrorGracePeriodMs: 120_000,
  maxContextualizationTimeMs: 7_200_000,
  launchTimeoutMs: 3_600_000,
  destroyTimeoutMs: 3_600_000,
  machineTags: {},
};
