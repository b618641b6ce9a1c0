import type { Infrastructure, StepContext, StepOutcome, Vm } from '@im/domain';
import { refreshVms } from '@im/domain';
import { pollDelay } from './boot-steps.js';
import type { ContextualizationOptions } from './contextualization-options.js';
import type { ControlLink } from './control-link.js';
import type { ControlNode } from './control-node.js';
import { writeLines } from './infrastructure-lines.js';
import { includedVms, isComplete, isDown, isUp, participants } from './participants.js';
import type { Progress } from './progress.js';
import { progressOf } from './progress.js';
import { texts } from './texts.js';
import { isLinux } from './vm-access.js';
import type { Way, WaysOfVm } from './ways.js';
import { answeredWays, isBehindProxy, probeProgram, waysTo } from './ways.js';

const pollMs = 1000;
const retryMs = 500;
/** What a cloud said about a VM that stays silent is believed for this time. */
const cloudPollMs = 5000;
/** One look waits on the control node this long for VMs that boot. */
const probeSeconds = 3;

/** Until it is known which VMs take part and how the control node reaches them. */
export class ReachSteps {
  constructor(
    private readonly link: ControlLink,
    private readonly options: ContextualizationOptions,
  ) {}

  /**
   * Every VM that should have an address has one, or is left out: one that does not come up after WAIT_RUNNING_VM_TIMEOUT, one that
   * lacks nothing but its public address after WAIT_PUBLIC_IP_TIMEOUT.
   */
  async addresses(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const known = participants(infrastructure, await context.store.vms(infrastructure.id));
    const vms = known.every(isComplete) ? known : await refreshVms(context, known);
    const missing = vms.filter((vm) => !isComplete(vm) && !isDown(vm));
    const now = await context.store.now();
    const waited = now - progress.since;
    if (waited < this.options.waitRunningMs && missing.some((vm) => !isUp(vm))) {
      return { type: 'wait', step: 'addresses', delayMs: pollDelay(waited) };
    }
    const allUpSince = progress.allUpSince ?? now;
    if (now - allUpSince < this.options.waitPublicIpMs && missing.some(isUp)) {
      const data: Progress = { ...progress, allUpSince };
      return { type: 'wait', step: 'addresses', delayMs: pollMs, data };
    }
    const warnings = [
      ...missing.map((vm) => [vm.imId, texts.noAddress(vm.providerId ?? '')] as const),
      ...vms.filter(isDown).map((vm) => [vm.imId, texts.notRunning(vm.providerId ?? '')] as const),
    ];
    const data: Progress = {
      ...progress,
      excluded: Object.fromEntries(warnings.map(([imId, text]) => [String(imId), text])),
      since: now,
    };
    const lines = warnings.map(([, text]) => text);
    return {
      type: 'continue',
      step: 'reach',
      data,
      writes: writeLines(infrastructure.id, missing.length > 0 ? [texts.missingAddresses, ...lines] : lines),
    };
  }

  /** The control node reaches every VM; one that stays silent is left out of this contextualization. */
  async reach(context: StepContext, infrastructure: Infrastructure, node: ControlNode): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const vms = await includedVms(context, infrastructure, progress);
    const wanted: WaysOfVm[] = vms
      .filter((vm) => vm.imId !== progress.masterId && !isBehindProxy(node.vm, vm))
      .map((vm) => ({ imId: vm.imId, ways: waysTo(node.vm, vm), ssh: isLinux(vm) }));
    const found = wanted.length === 0 ? new Map<number, Way>() : await this.probe(node, wanted);
    const silent = vms.filter((vm) => wanted.some(({ imId }) => imId === vm.imId) && !found.has(vm.imId));
    const now = await context.store.now();
    const down = (await current(context, silent, now)).filter(isDown);
    if (silent.length > down.length && now - progress.since < this.options.waitSshMs) {
      return { type: 'wait', step: 'reach', delayMs: retryMs };
    }
    const isGone = new Set(down.map(({ imId }) => imId));
    const warnings = silent.map((vm) => {
      const text = isGone.has(vm.imId) ? texts.notRunning(vm.providerId ?? '') : texts.unreachable(vm.imId);
      return [vm.imId, text] as const;
    });
    const excluded = {
      ...progress.excluded,
      ...Object.fromEntries(warnings.map(([imId, text]) => [String(imId), text])),
    };
    const data: Progress = {
      ...progress,
      excluded,
      ways: Object.fromEntries([...found].map(([imId, way]) => [String(imId), way])),
      targets: vms.filter((vm) => excluded[vm.imId] === undefined).map((vm) => vm.imId),
      attempt: 1,
      offset: 0,
    };
    const lines = warnings.map(([, text]) => text);
    return { type: 'continue', step: 'launch', data, writes: writeLines(infrastructure.id, lines) };
  }

  /** Which way leads to which VM. */
  private async probe(node: ControlNode, wanted: readonly WaysOfVm[]): Promise<Map<number, Way>> {
    const { stdout } = await this.link.use(node, (connection) =>
      connection.exec('python3 -', { input: probeProgram(wanted, probeSeconds), timeoutMs: 30_000 }),
    );
    return answeredWays(stdout.toString('utf8'), wanted);
  }
}

/** The VMs as their clouds know them: one that broke down need not be waited for. */
async function current(context: StepContext, vms: readonly Vm[], now: number): Promise<readonly Vm[]> {
  return vms.some((vm) => now - (vm.lastSuccess ?? 0) > cloudPollMs) ? refreshVms(context, vms) : vms;
}
