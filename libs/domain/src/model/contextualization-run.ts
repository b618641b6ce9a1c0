export type RunState =
  | 'pending'
  | 'launching'
  | 'running'
  | 'ok'
  | 'failed'
  | 'lost'
  | 'cancelled'
  | 'skipped';

/** One playbook run of a contextualization, for one VM or for a group (spec: contextualization.md part 2 C). */
export interface ContextualizationRun {
  infrastructureId: string;
  /** The `contextualize` operation. */
  operationId: string;
  /** Deterministic within the infrastructure, also the name of its directory on the master. */
  runId: string;
  /** null for a run over several VMs. */
  vmId: number | null;
  /** Barrier: runs of step n start when no run of a smaller step is live. */
  step: number;
  name: string;
  state: RunState;
  attempt: number;
  /** Bytes of the remote log that are stored already. */
  logOffset: number;
  exitCode: number | null;
  /** What the handler must remember about it (pid, directory, hosts...). */
  data: Record<string, unknown>;
  startedAt: number | null;
  finishedAt: number | null;
}
