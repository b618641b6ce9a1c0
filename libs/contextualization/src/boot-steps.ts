import type { Infrastructure, StepContext, StepOutcome } from '@im/domain';
import { refreshVms } from '@im/domain';
import { pollDetached, SshError, startDetached } from '@im/ssh';
import type { ContextualizationOptions } from './contextualization-options.js';
import type { ControlLink } from './control-link.js';
import type { ControlNode } from './control-node.js';
import { failedOutcome, infrastructureLines, writeLines } from './infrastructure-lines.js';
import { fittingAnsible, installScript, probeMaster, wantedAnsible } from './master-probe.js';
import { isUp } from './participants.js';
import type { Progress } from './progress.js';
import { progressOf } from './progress.js';
import { remoteFolder } from './remote-files.js';
import { texts } from './texts.js';

/** Log-ins are tried again after this time while the machine boots. */
const loginPauseMs = 500;
/** Refused log-ins look the same as those of a machine that does not have its key yet: so many, over so long a time. */
const refusedLoginLimit = 3;
const refusedLoginTimeMs = 60_000;
const refusedLoginPauseMs = 2000;
/** The cloud of a machine that does not let us in is asked whether it still runs. */
const cloudPollMs = 3000;
const installPollMs = 500;
/** A look at the output waits for news on the control node this long. */
const newsWaitMs = 200;
const outputPortion = 64 * 1024;

/** Until the control node has Ansible: boot, log in, install (spec: contextualization.md 5.3, 5.4, 7). */
export class BootSteps {
  constructor(
    private readonly link: ControlLink,
    private readonly options: ContextualizationOptions,
  ) {}

  async boot(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const stored = await context.store.vm(infrastructure.id, progress.masterId ?? -1);
    if (stored === null || stored.status !== 'live') {
      return failedOutcome(infrastructure.id, texts.bootFailed);
    }
    const [vm = stored] = isUp(stored) ? [stored] : await refreshVms(context, [stored]);
    const waited = (await context.store.now()) - progress.since;
    if (vm.providerState === 'failed' || vm.providerState === 'off' || waited > this.options.waitRunningMs) {
      return failedOutcome(infrastructure.id, texts.bootFailed);
    }
    if (!isUp(vm)) {
      return { type: 'wait', step: 'boot', delayMs: pollDelay(waited) };
    }
    return {
      type: 'continue',
      step: 'login',
      data: { ...progress, since: await context.store.now() } satisfies Progress,
      writes: writeLines(infrastructure.id, [texts.waitSsh]),
    };
  }

  async login(context: StepContext, infrastructure: Infrastructure, node: ControlNode): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const wanted = wantedAnsible(infrastructure.radl);
    const folder = remoteFolder(this.options.remoteFolder, infrastructure.id);
    try {
      const { facts, hostKey } = await this.link.use(node, async (connection) => ({
        facts: await probeMaster(connection, folder),
        hostKey: connection.hostKey,
      }));
      const ansible = fittingAnsible(facts, wanted);
      if (ansible !== undefined) {
        return await masterReady(context, infrastructure, {
          ...progress,
          ansible: ansible.folder,
          hostKey,
        });
      }
      if (progress.installed) {
        return failedOutcome(infrastructure.id, texts.installFailed('there is none afterwards.'));
      }
      const command = installScript(facts, wanted);
      const directory = this.installFolder(context, infrastructure);
      await this.link.use(node, (connection) => startDetached(connection, { directory, command }));
      const data: Progress = { ...progress, since: await context.store.now(), offset: 0 };
      return {
        type: 'continue',
        step: 'install',
        data,
        writes: writeLines(infrastructure.id, [texts.configureMaster(wanted)]),
      };
    } catch (error) {
      return this.loginFailed(context, infrastructure, node, error);
    }
  }

  private async loginFailed(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
    error: unknown,
  ): Promise<StepOutcome> {
    if (!(error instanceof SshError)) {
      throw error;
    }
    const progress = progressOf(context.operation);
    const now = await context.store.now();
    const waited = now - progress.since;
    const isRefusal = error.code === 'AuthenticationFailed';
    const refused = isRefusal ? progress.refusedLogins + 1 : 0;
    const tooOften = refused >= refusedLoginLimit && waited > refusedLoginTimeMs;
    if (isHopeless(error)) {
      return failedOutcome(infrastructure.id, texts.sshFailed(error.message));
    }
    if (tooOften || waited > this.options.waitSshMs) {
      const text = isRefusal
        ? texts.wrongCredentials(node.targets[0]?.host ?? '')
        : `${texts.sshTimeout} ${error.message}`;
      return failedOutcome(infrastructure.id, texts.sshFailed(text));
    }
    if (await hasFailed(context, node, now)) {
      return failedOutcome(infrastructure.id, texts.sshFailed(texts.vmFailure));
    }
    const data: Progress = { ...progress, refusedLogins: refused };
    return { type: 'wait', step: 'login', delayMs: isRefusal ? refusedLoginPauseMs : loginPauseMs, data };
  }

  async install(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
  ): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const directory = this.installFolder(context, infrastructure);
    const run = await this.link.use(node, (connection) =>
      pollDetached(connection, directory, progress.offset, outputPortion, newsWaitMs),
    );
    const waited = (await context.store.now()) - progress.since;
    if (run.state === 'finished' && run.exitCode === 0) {
      const data: Progress = { ...progress, offset: 0, installed: true };
      return { type: 'continue', step: 'login', data };
    }
    if (run.state === 'running' && waited < this.options.installTimeoutMs) {
      const data: Progress = { ...progress, offset: run.nextOffset };
      return { type: 'wait', step: 'install', delayMs: installPollMs, data };
    }
    const tail = run.output.toString('utf8').trim().slice(-1000);
    return failedOutcome(
      infrastructure.id,
      texts.installFailed(tail === '' ? 'it did not end in time.' : tail),
    );
  }

  /** One per operation, so that a failed installation is tried again by the next contextualization. */
  private installFolder(context: StepContext, infrastructure: Infrastructure): string {
    const folder = remoteFolder(this.options.remoteFolder, infrastructure.id);
    return `${folder}/runs/${context.operation.id}-install`;
  }
}

/** Whether the machine, as its cloud knows it, will not come up any more. */
async function hasFailed(context: StepContext, { vm }: ControlNode, now: number): Promise<boolean> {
  if (vm === null || now - (vm.lastSuccess ?? 0) < cloudPollMs) {
    return false;
  }
  const [current] = await refreshVms(context, [vm]);
  return current?.providerState === 'failed' || current?.providerState === 'off';
}

/** No wait makes such a call succeed. */
function isHopeless({ code }: SshError): boolean {
  return code === 'InvalidKey' || code === 'NotAllowed' || code === 'HostKeyChanged';
}

/** Clouds are asked less often the longer a machine takes to boot. */
export function pollDelay(waitedMs: number): number {
  return waitedMs < 60_000 ? 1000 : 5000;
}

async function masterReady(
  context: StepContext,
  infrastructure: Infrastructure,
  progress: Progress,
): Promise<StepOutcome> {
  const now = await context.store.now();
  return {
    type: 'continue',
    step: 'addresses',
    data: { ...progress, since: now } satisfies Progress,
    writes: async (tx) => {
      const row = await tx.infrastructure(infrastructure.id);
      if (row !== null) {
        await tx.saveInfrastructure({ ...row, ansibleConfigured: true });
      }
      await tx.appendLogs(infrastructureLines(now, infrastructure.id, [texts.masterConfigured]));
    },
  };
}
