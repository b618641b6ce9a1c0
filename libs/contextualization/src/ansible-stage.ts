import type { Infrastructure, StepContext, StepOutcome } from '@im/domain';
import { messageOf, refreshVms } from '@im/domain';
import type { SshClientPool } from '@im/ssh';
import { killDetached, SshError } from '@im/ssh';
import { BootSteps } from './boot-steps.js';
import { chooseMaster } from './choose-master.js';
import type { ContextualizationOptions } from './contextualization-options.js';
import { lostContactMs } from './contextualization-options.js';
import { ControlLink } from './control-link.js';
import type { ControlNode } from './control-node.js';
import { externalNode } from './control-node.js';
import { failedOutcome, infrastructureLines } from './infrastructure-lines.js';
import { controlNode, isDown, participants } from './participants.js';
import { planContextualization } from './plan.js';
import type { Progress } from './progress.js';
import { newProgress, progressOf } from './progress.js';
import { ReachSteps } from './reach-steps.js';
import { RunSteps } from './run-steps.js';
import { texts } from './texts.js';

/** Pause after a call that failed: doubles up to the longest. */
const shortestPauseMs = 500;
const longestPauseMs = 10_000;
/** Times that files are sent to a machine that answers but does not take them: its disk is full, for instance. */
const transferTries = 3;

/** The steps with Ansible: boot, log in, install, addresses, reach, launch, follow (spec: contextualization.md part 2 D). */
export class AnsibleStage {
  private readonly link: ControlLink;
  private readonly bootSteps: BootSteps;
  private readonly reachSteps: ReachSteps;
  private readonly runSteps: RunSteps;

  constructor(
    ssh: SshClientPool,
    private readonly options: ContextualizationOptions,
  ) {
    this.link = new ControlLink(ssh);
    this.bootSteps = new BootSteps(this.link, options);
    this.reachSteps = new ReachSteps(this.link, options);
    this.runSteps = new RunSteps(this.link, options);
  }

  /** Chooses the control node, or fails with the documented text when there is none. */
  async begin(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const vms = participants(infrastructure, await context.store.vms(infrastructure.id));
    const external = externalNode(infrastructure.radl, vms);
    const master = external === undefined ? chooseMaster(vms, infrastructure.masterVmId) : undefined;
    if (external === undefined && master === undefined) {
      return failedOutcome(infrastructure.id, texts.noMaster);
    }
    const { optedOut } = planContextualization(
      infrastructure.radl,
      await context.store.vms(infrastructure.id),
    );
    const messages = master === undefined ? [texts.waitSsh] : [texts.selectMaster, texts.waitBoot];
    return {
      type: 'continue',
      step: master === undefined ? 'login' : 'boot',
      data: newProgress(master?.imId ?? null, await context.store.now()),
      writes: async (tx) => {
        const row = await tx.infrastructure(infrastructure.id);
        if (row !== null && master !== undefined) {
          await tx.saveInfrastructure({ ...row, masterVmId: master.imId });
        }
        const out = (await tx.vms(infrastructure.id)).filter(
          (vm) => optedOut.has(vm.imId) && vm.status === 'live',
        );
        await tx.saveVms(out.map((vm) => ({ ...vm, configured: true })));
        await tx.appendLogs([
          ...infrastructureLines(await tx.now(), infrastructure.id, messages),
          ...out.map((vm) => ({
            infrastructureId: infrastructure.id,
            scope: vm.imId,
            text: texts.optedOut,
          })),
        ]);
      },
    };
  }

  /** Does the next step. A control node that does not answer is asked again for a while. */
  async advance(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const node = await controlNode(context, infrastructure, progress, this.options.defaultDomain);
    if (node === undefined) {
      return failedOutcome(infrastructure.id, texts.bootFailed);
    }
    try {
      return withContact(await this.step(context, infrastructure, node));
    } catch (error) {
      if (!(error instanceof SshError)) {
        throw error;
      }
      return this.contactFailed(context, infrastructure, progress, error);
    }
  }

  /** Ends what runs on the control node; one that cannot be reached ends with its VM. */
  async cancel(context: StepContext, infrastructure: Infrastructure): Promise<void> {
    const progress = context.operation.data as Progress | null;
    if (progress === null || progress.attempt === 0) {
      return;
    }
    const node = await controlNode(context, infrastructure, progress, this.options.defaultDomain);
    if (node === undefined) {
      return;
    }
    try {
      const directory = this.runSteps.runFolder(context, infrastructure, progress);
      await this.link.use(node, (connection) => killDetached(connection, directory));
    } catch (error) {
      context.logger.warn('the run on the control node could not be ended', { reason: messageOf(error) });
    }
  }

  private step(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
  ): Promise<StepOutcome> {
    switch (context.operation.step) {
      case 'boot':
        return this.bootSteps.boot(context, infrastructure);
      case 'login':
        return this.bootSteps.login(context, infrastructure, node);
      case 'install':
        return this.bootSteps.install(context, infrastructure, node);
      case 'addresses':
        return this.reachSteps.addresses(context, infrastructure);
      case 'reach':
        return this.reachSteps.reach(context, infrastructure, node);
      case 'launch':
        return this.runSteps.launch(context, infrastructure, node);
      default:
        return this.runSteps.follow(context, infrastructure, node);
    }
  }

  /** Calls fail while a machine reboots; one that is down for good, or silent for too long, ends the contextualization. */
  private async contactFailed(
    context: StepContext,
    infrastructure: Infrastructure,
    progress: Progress,
    error: SshError,
  ): Promise<StepOutcome> {
    const now = await context.store.now();
    const unreachableSince = progress.unreachableSince ?? now;
    const sshErrors = progress.sshErrors + 1;
    const silentTooLong = sshErrors > this.options.maxSshErrors && now - unreachableSince > lostContactMs;
    const useless = !error.retryable;
    const many = sshErrors > this.options.maxSshErrors;
    if (error.code === 'TransferFailed' && sshErrors >= transferTries) {
      return failedOutcome(infrastructure.id, texts.filesFailed(error.message));
    }
    if (
      silentTooLong ||
      (many && (useless || (await this.masterIsDown(context, infrastructure, progress))))
    ) {
      return failedOutcome(infrastructure.id, `${texts.contactLost} (${error.message})`);
    }
    context.logger.warn('the control node did not answer', { code: error.code, reason: error.message });
    return {
      type: 'wait',
      step: context.operation.step,
      delayMs: Math.min(shortestPauseMs * 2 ** (sshErrors - 1), longestPauseMs),
      data: { ...progress, unreachableSince, sshErrors } satisfies Progress,
    };
  }

  private async masterIsDown(
    context: StepContext,
    infrastructure: Infrastructure,
    progress: Progress,
  ): Promise<boolean> {
    const stored =
      progress.masterId === null ? null : await context.store.vm(infrastructure.id, progress.masterId);
    const [vm] = stored === null ? [] : await refreshVms(context, [stored]);
    return vm !== undefined && isDown(vm);
  }
}

/** A step that came back was in contact. */
function withContact(outcome: StepOutcome): StepOutcome {
  if ((outcome.type !== 'continue' && outcome.type !== 'wait') || outcome.data === undefined) {
    return outcome;
  }
  return { ...outcome, data: { ...(outcome.data as Progress), unreachableSince: null, sshErrors: 0 } };
}
