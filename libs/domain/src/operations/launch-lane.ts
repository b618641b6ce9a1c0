import { CloudError, messageOf } from '../errors.js';
import type { AuthItem, CloudAccess } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Vm } from '../model/vm.js';
import type { Connector, MachineFacts } from '../ports/connector.js';
import type { WorkPorts } from '../ports/operation-handler.js';
import type { Lease, StoreTransaction } from '../ports/store.js';
import { accessFor } from './cloud-access.js';
import { applyFacts } from './machine-facts.js';
import { measured } from './measured.js';
import { isOwnTrouble } from './own-trouble.js';
import { launchFailureText, machineResource } from './planned-vms.js';
import { cloudScope } from './resource-ledger.js';

/** What a launch lane works with: ports, its own lease, and how auth items become clouds. */
export interface LaunchLaneContext extends WorkPorts {
  lease: Lease;
  /** No other launch is to begin. */
  stopping: AbortSignal;
  /** Ends the launch under way; aborts a while after `stopping`, or with it. */
  signal: AbortSignal;
  /** Calls `onEnd` after a time unless the function returned is called before. */
  after(delayMs: number, onEnd: () => void): () => void;
  cloudsOf(items: readonly AuthItem[]): CloudAccess[];
}

/**
 * One of the MAX_SIMULTANEOUS_LAUNCHES lanes of an infrastructure: claims planned VMs one after another and launches them, until none
 * is left to claim, then wakes the operation. A lane may die at any moment: its claims die with its lease, and the next claim of the same
 * VM finds the machine by its token.
 */
export async function advanceLaunchLane(context: LaunchLaneContext, infrastructureId: string): Promise<void> {
  const session = new LaunchSession(context, infrastructureId);
  let launches = 0;
  for (let vm = await session.claim(); vm !== null; launches++) {
    vm = await session.launch(vm);
  }
  // A lane that found nothing has no news: waking the operation would only make it wake the lanes again.
  if (launches > 0) {
    await context.queue.wake({ kind: 'infrastructure', infrastructureId });
  }
}

/** What stands among the failed attempts of a VM for each process that ended in the middle of its launch. */
const deathText = 'The process that launched it ended in the middle of it.';
/** A launch that so many processes ended in may be the reason for their end. */
const mostDeaths = 5;

/** Letters and digits; clients of the Python IM expect so many (spec: lifecycle.md 6.7). */
const passwordLength = 8;

/** LAUNCH_TIMEOUT passed: another attempt would take as long. */
class LaunchTimeout extends CloudError {
  constructor(message: string) {
    super('Timeout', message);
  }
}

/** What the launches of one lane share: the infrastructure and the opened clouds. */
class LaunchSession {
  private infrastructure: Infrastructure | null = null;
  private readonly clouds = new Map<string, CloudAccess[]>();
  private readonly connectors = new Map<CloudAccess, Connector>();

  constructor(
    private readonly context: LaunchLaneContext,
    private readonly infrastructureId: string,
  ) {}

  /** A VM to launch; null when none is left, or the lane is to end. */
  claim(): Promise<Vm | null> {
    return this.context.store.transaction((tx) => this.claimIn(tx), this.context.lease);
  }

  /** @returns the next VM, claimed in the transaction that recorded how this launch ended */
  async launch(vm: Vm): Promise<Vm | null> {
    let facts: MachineFacts | null;
    let existedBefore: boolean;
    try {
      refuseAfterDeaths(vm);
      const connector = await this.connectorOf(vm);
      existedBefore = connector.capabilities.existingMachines;
      facts = await this.callCloud(connector, vm);
    } catch (error) {
      if (this.context.signal.aborted || isOwnTrouble(error)) {
        throw error;
      }
      return this.recordFailure(vm, error);
    }
    return this.recordSuccess(vm, facts, existedBefore);
  }

  private async claimIn(tx: StoreTransaction): Promise<Vm | null> {
    const { lease, stopping } = this.context;
    const vm = stopping.aborted ? null : await tx.claimVmToLaunch(this.infrastructureId, lease);
    if (vm?.orphaned !== true) {
      return vm;
    }
    const counted = { ...vm, launchErrors: [...vm.launchErrors, deathText] };
    await tx.saveVms([counted]);
    return { ...counted, version: counted.version + 1 };
  }

  private async callCloud(connector: Connector, vm: Vm): Promise<MachineFacts> {
    const infrastructure = await this.loadInfrastructure();
    const limit = new AbortController();
    const signal = AbortSignal.any([this.context.signal, limit.signal]);
    const scope = cloudScope({ ...this.context, signal }, infrastructure, vm.cloud, this.context.lease);
    const clear = this.context.after(this.context.options.launchTimeoutMs, () => {
      limit.abort(this.tooLong());
    });
    try {
      return await measured(this.context, vm.cloud.type, 'launch', () =>
        connector.launch(scope, {
          imId: vm.imId,
          token: vm.launchToken,
          radl: vm.info,
          requested: vm.requested,
          // Recipes for cloud-init are in the document of the infrastructure, not in that of the VM.
          configures: infrastructure.radl.configures,
        }),
      );
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      clear();
    }
  }

  private tooLong(): CloudError {
    const seconds = this.context.options.launchTimeoutMs / 1000;
    return new LaunchTimeout(`The launch took longer than ${seconds} seconds.`);
  }

  private async recordSuccess(vm: Vm, facts: MachineFacts, existedBefore: boolean): Promise<Vm | null> {
    const { store, random } = this.context;
    return store.transaction(async (tx) => {
      const now = await tx.now();
      const row = { ...vm, status: 'live' as const, launchAttempts: vm.launchAttempts + 1 };
      applyFacts(row, facts, now);
      // A machine that is somebody's already keeps the password that others use (spec: connectors/static-hosts.md 1.3).
      if (!existedBefore) {
        requestNewPassword(row, random.secret(passwordLength));
      }
      await tx.saveVms([row]);
      await tx.saveResources([machineResource(row, 'present', now)]);
      return this.claimIn(tx);
    }, this.context.lease);
  }

  /** Another try later, or the failed placeholder that stays visible (spec: lifecycle.md 6.6). */
  private async recordFailure(vm: Vm, error: unknown): Promise<Vm | null> {
    const { store, options, logger } = this.context;
    const attempts = vm.launchAttempts + 1;
    const launchErrors = [...vm.launchErrors, messageOf(error)];
    const cloudError = error instanceof CloudError ? error : null;
    const waitMs = this.pauseBeforeRetry(cloudError?.retryAfterMs ?? 0);
    const again =
      (cloudError?.policy.retry ?? true) &&
      attempts < options.maxVmFails &&
      !(error instanceof LaunchTimeout) &&
      waitMs <= options.launchTimeoutMs;
    logger.warn('launch failed', {
      infId: vm.infrastructureId,
      operation: vm.addedBy,
      vmId: vm.imId,
      cloud: vm.cloud.id,
      attempt: attempts,
      reason: messageOf(error),
    });
    return store.transaction(async (tx) => {
      const now = await tx.now();
      const row: Vm = { ...vm, launchAttempts: attempts, launchErrors };
      if (again) {
        row.status = 'planned';
        row.launchNotBefore = now + waitMs;
      } else {
        row.status = 'failed';
        row.providerState = 'failed';
        const causes = launchErrors.map((text, index) => `Attempt ${index + 1}: ${text}\n`).join('');
        row.errorMessage = launchFailureText(vm, causes);
      }
      await tx.saveVms([row]);
      const outcomeUnknown = cloudError?.policy.outcomeUnknown ?? true;
      await tx.saveResources([machineResource(row, outcomeUnknown ? 'unknown' : 'intended', now)]);
      return this.claimIn(tx);
    }, this.context.lease);
  }

  /** DELAY_BETWEEN_VM_RETRIES on average, spread so that VMs that failed together do not come back together. */
  private pauseBeforeRetry(retryAfterMs: number): number {
    const { options, random } = this.context;
    const delayMs = options.delayBetweenVmRetriesMs;
    return Math.round(Math.max(delayMs / 2, retryAfterMs) + delayMs * random.next());
  }

  private async connectorOf(vm: Vm): Promise<Connector> {
    const operationId = vm.addedBy ?? '';
    let clouds = this.clouds.get(operationId);
    if (clouds === undefined) {
      clouds = this.context.cloudsOf((await this.context.store.credentials(operationId)) ?? []);
      this.clouds.set(operationId, clouds);
    }
    const access = accessFor(clouds, vm.cloud);
    let connector = this.connectors.get(access);
    if (connector === undefined) {
      connector = this.context.connectors.open(access);
      this.connectors.set(access, connector);
    }
    return connector;
  }

  private async loadInfrastructure(): Promise<Infrastructure> {
    this.infrastructure ??= await this.context.store.infrastructure(this.infrastructureId);
    if (this.infrastructure === null) {
      throw new CloudError('Internal', `The infrastructure ${this.infrastructureId} does not exist.`);
    }
    return this.infrastructure;
  }
}

/** @throws CloudError that no other attempt follows */
function refuseAfterDeaths({ launchErrors }: Vm): void {
  if (launchErrors.filter((text) => text === deathText).length >= mostDeaths) {
    throw new CloudError(
      'InvalidInput',
      `The launch was given up, since ${mostDeaths} processes of the service ended in the middle of it: ask its operator.`,
    );
  }
}

/** A machine that came with a password gets a new one, set by the contextualization (spec: lifecycle.md 6.7). */
function requestNewPassword(vm: Vm, password: string): void {
  const features = vm.info.systems[0]?.features;
  if (features === undefined) {
    return;
  }
  const hasPassword = features.getText('disk.0.os.credentials.password') !== undefined;
  if (hasPassword && features.getText('disk.0.os.credentials.new.password') === undefined) {
    features.set('disk.0.os.credentials.new.password', password);
  }
}
