import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const REQUEST_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120];
const CALL_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];
const OPERATION_SECONDS = [0.1, 1, 5, 15, 60, 300, 900, 3600];

/**
 * The figures of one process, for GET /metrics in the text format of Prometheus. Labels come from closed sets: routes as
 * patterns (`/infrastructures/:id`), outcomes as words or error codes, never ids or texts.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly httpRequests = this.counter('im_http_requests_total', 'HTTP requests answered', [
    'method',
    'route',
    'status',
  ]);
  private readonly httpSeconds = this.histogram(
    'im_http_request_duration_seconds',
    'Time to answer an HTTP request',
    ['method', 'route'],
    REQUEST_SECONDS,
  );
  private readonly operations = this.counter('im_operations_total', 'Operations ended', ['kind', 'outcome']);
  private readonly operationSeconds = this.histogram(
    'im_operation_duration_seconds',
    'Time from acceptance to end of an operation',
    ['kind', 'outcome'],
    OPERATION_SECONDS,
  );
  private readonly stepSeconds = this.histogram(
    'im_operation_step_duration_seconds',
    'Time of one step of an operation',
    ['kind', 'step'],
    CALL_SECONDS,
  );
  private readonly cloudCalls = this.counter('im_cloud_calls_total', 'Calls of cloud providers', [
    'cloud',
    'method',
    'outcome',
  ]);
  private readonly cloudSeconds = this.histogram(
    'im_cloud_call_duration_seconds',
    'Time of a call of a cloud provider',
    ['cloud', 'method'],
    CALL_SECONDS,
  );
  private readonly sshCalls = this.counter('im_ssh_calls_total', 'Calls over SSH', ['call', 'outcome']);
  private readonly sshSeconds = this.histogram(
    'im_ssh_call_duration_seconds',
    'Time of a call over SSH',
    ['call'],
    CALL_SECONDS,
  );

  private readonly fileReads = this.counter('im_tosca_file_reads_total', 'Files read for TOSCA documents', [
    'outcome',
  ]);
  private readonly fileSeconds = this.histogram(
    'im_tosca_file_read_duration_seconds',
    'Time to read a file for a TOSCA document',
    ['outcome'],
    CALL_SECONDS,
  );

  private readonly takeOvers = this.counter(
    'im_leases_taken_over_total',
    'Leases taken over from a worker that did not give them back',
    [],
  );
  private readonly recreated = this.counter(
    'im_wake_ups_recreated_total',
    'Wake-ups made again for work that nobody attended',
    [],
  );

  private readonly writable = new Gauge({
    name: 'im_database_writable',
    help: '1 when the last write of the reconciler of this process succeeded, else 0',
    // No series without labels, which would begin at 0: a process that never writes shows none.
    labelNames: ['by'],
    registers: [this.registry],
  });

  private readonly queues = new Map<string, () => number | Promise<number>>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.registerQueueDepth();
  }

  /** An HTTP request was answered. `route` is the pattern of the path, `unknown` when none fitted. */
  httpRequest(method: string, route: string, status: number, seconds: number): void {
    this.httpRequests.inc({ method, route, status: String(status) });
    this.httpSeconds.observe({ method, route }, seconds);
  }

  /** An operation ended; part of the WorkMetrics port. */
  operationFinished(kind: string, outcome: string, seconds: number): void {
    this.operations.inc({ kind, outcome });
    this.operationSeconds.observe({ kind, outcome }, seconds);
  }

  /** A handler advanced by one step; part of the WorkMetrics port. */
  stepFinished(kind: string, step: string, seconds: number): void {
    this.stepSeconds.observe({ kind, step }, seconds);
  }

  /** A provider answered, or failed with an error code; part of the WorkMetrics port. */
  cloudCall(cloudType: string, method: string, outcome: string, seconds: number): void {
    this.cloudCalls.inc({ cloud: cloudType, method, outcome });
    this.cloudSeconds.observe({ cloud: cloudType, method }, seconds);
  }

  /** A worker took work over from another; part of the WorkMetrics port. */
  leaseTakenOver(): void {
    this.takeOvers.inc();
  }

  /** The reconciler found work that nobody attended. */
  wakeUpsRecreated(count: number): void {
    this.recreated.inc(count);
  }

  /** The reconciler wrote to the database, or could not. */
  databaseTried(writable: boolean): void {
    this.writable.set({ by: 'reconciler' }, writable ? 1 : 0);
  }

  /** Shows which version of which part (`api`, `worker`, `standalone`) this process is. */
  build(part: string, version: string): void {
    const gauge = new Gauge({
      name: 'im_build_info',
      help: 'Always 1; its labels tell the version of the process',
      labelNames: ['part', 'version'],
      registers: [this.registry],
    });
    gauge.set({ part, version }, 1);
  }

  /** Something was done over SSH: `call` is connect, exec, upload or download. */
  sshCall(call: string, outcome: string, seconds: number): void {
    this.sshCalls.inc({ call, outcome });
    this.sshSeconds.observe({ call }, seconds);
  }

  /** A file was read for a TOSCA document; the outcome tells where from, or why not. */
  fileRead(outcome: string, seconds: number): void {
    this.fileReads.inc({ outcome });
    this.fileSeconds.observe({ outcome }, seconds);
  }

  /** Shows the number of waiting wake-ups of a queue, read when the metrics are asked for. */
  watchQueue(queue: string, depth: () => number | Promise<number>): void {
    this.queues.set(queue, depth);
  }

  /** Shows what deleted infrastructures left behind at their clouds, by the state of it, counted when the metrics are asked for. */
  watchLeftBehind(count: () => Promise<ReadonlyMap<string, number>>): void {
    this.asked(
      'im_cloud_resources_left_behind',
      'Open rows of the ledger of cloud resources whose infrastructures are deleted',
      'state',
      count,
    );
  }

  /** Shows how many failed jobs of a queue are kept for people to look at, counted when the metrics are asked for. */
  watchFailedJobs(queue: string, count: () => Promise<number>): void {
    this.asked('im_queue_failed_jobs', 'Failed jobs that are kept in a queue', 'queue', async () => [
      [queue, await count()],
    ]);
  }

  /** Shows whether Redis can be used, asked when the metrics are. */
  watchRedis(available: () => Promise<boolean>): void {
    const gauge: Gauge = new Gauge({
      name: 'im_redis_up',
      help: '1 while Redis can be used, else 0',
      registers: [this.registry],
      collect: async () => {
        gauge.set((await available()) ? 1 : 0);
      },
    });
  }

  /** Everything, in the text format of Prometheus. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  /** Content type of what `render` gives. */
  get contentType(): string {
    return this.registry.contentType;
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  /** A gauge that is asked for its figures, one for each value of a label, and shows none while they cannot be told. */
  private asked(
    name: string,
    help: string,
    label: string,
    figures: () => Promise<Iterable<readonly [string, number]>>,
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        const known = await figures().catch(() => []);
        gauge.reset();
        for (const [value, figure] of known) {
          gauge.set({ [label]: value }, figure);
        }
      },
    });
  }

  private registerQueueDepth(): void {
    const { queues } = this;
    const depthGauge = new Gauge({
      name: 'im_queue_depth',
      help: 'Wake-ups that wait in a queue',
      labelNames: ['queue'],
      registers: [this.registry],
      async collect() {
        for (const [queue, depth] of queues) {
          const waiting = await Promise.resolve(depth()).catch(() => null);
          // No figure is better than no figures at all while the queue cannot be asked.
          if (waiting === null) {
            this.remove({ queue });
          } else {
            this.set({ queue }, waiting);
          }
        }
      },
    });
    depthGauge.reset();
  }
}
