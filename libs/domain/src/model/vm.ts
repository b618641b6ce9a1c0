import type { Radl } from '@im/radl';
import type { CloudInfo } from './cloud.js';
import type { Configured } from './infrastructure.js';

/** States that clients see (spec: lifecycle.md 15.1). */
export type VmState =
  | 'pending'
  | 'running'
  | 'configured'
  | 'unconfigured'
  | 'stopped'
  | 'off'
  | 'failed'
  | 'unknown'
  | 'deleting';

/** States that a connector reports; the others are derived (spec: lifecycle.md 15.1). */
export type ProviderVmState = 'pending' | 'running' | 'stopped' | 'off' | 'failed' | 'unknown';

/**
 * Where the VM stands between us and its cloud:
 * planned (row written, cloud not called), launching (claimed by a worker, cloud may have been called), live,
 * failed (could not be launched; stays visible until removed), finalizing, destroyed (invisible to all reads).
 */
export type VmStatus = 'planned' | 'launching' | 'live' | 'failed' | 'finalizing' | 'destroyed';

/** A virtual machine (spec: lifecycle.md 1.2). */
export interface Vm {
  infrastructureId: string;
  /** Public number, position in the list of all VMs ever added. */
  imId: number;
  version: number;
  /** Name of its system in the RADL. */
  system: string;
  cloud: CloudInfo;
  /** Id at the provider; null until it answered. */
  providerId: string | null;
  /** Mark carried by the provider object, so that a repeated launch finds it (`<infrastructure id>-<im id>`). */
  launchToken: string;
  status: VmStatus;
  /** Last state told by the provider. */
  providerState: ProviderVmState;
  /** One system (the current facts) and the networks. */
  info: Radl;
  /** The system as the user asked for it. */
  requested: Radl;
  configured: Configured;
  /** Why it could not be launched, or what its provider said last. */
  errorMessage: string | null;
  launchAttempts: number;
  /** One text per failed launch attempt. */
  launchErrors: string[];
  /** Not to be launched again before this time. */
  launchNotBefore: number | null;
  /** The operation that added it. */
  addedBy: string | null;
  /** Last successful answer of the provider about it. */
  lastSuccess: number | null;
  /** First failure of the current streak of failed queries. */
  failingSince: number | null;
  /** Facts that only its connector understands (volume ids, floating addresses...). */
  connectorData: Record<string, unknown>;
  /** Fingerprint of its SSH host key (`SHA256:...`), known once it was configured; another key is not trusted then. */
  sshHostKey: string | null;
  createdAt: number;
}

/** A VM that a launch lane may launch now. */
export interface ClaimedVm extends Vm {
  /** The lane that had it before ended in the middle of the launch. */
  orphaned: boolean;
}

/** The few bytes of a VM that a state request needs, or a step that only looks how far its VMs are. */
export interface VmSummary {
  imId: number;
  status: VmStatus;
  providerState: ProviderVmState;
  configured: Configured;
  providerId: string | null;
  lastSuccess: number | null;
  failingSince: number | null;
  addedBy: string | null;
}
