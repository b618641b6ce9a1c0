import type { Infrastructure, LogChunk, StepContext, StepOutcome, StepWrites, Vm } from '@im/domain';
import { infrastructureLog, logLine, messageOf, refreshVms, requestOf } from '@im/domain';
import type { SshClientPool, SshTarget } from '@im/ssh';
import { killDetached, pollDetached, SshError, startDetached } from '@im/ssh';
import { chooseMaster } from './choose-master.js';
import { failedWrites, liveVms } from './failed-writes.js';
import { galaxyRequirements, requirementsFile } from './galaxy.js';
import { wayFromMaster } from './inventory.js';
import { masterFiles } from './master-files.js';
import { installScript, probeMaster } from './master-probe.js';
import { planContextualization } from './plan.js';
import { renderPlaybook } from './playbook.js';
import type { Progress } from './progress.js';
import { newProgress, progressOf } from './progress.js';
import { reachScript } from './reach-script.js';
import { remoteFolder, runFolder } from './remote-files.js';
import { runCommand } from './run-command.js';
import { runOutcome } from './run-outcome.js';
import { handleOutput } from './run-output.js';
import { texts } from './texts.js';
import { addressOf, sshTarget, wantsPublicAddress } from './vm-access.js';

/** Options of the manual that concern Ansible on the master, with their units. */
export interface ContextualizationOptions {
  /** REMOTE_CONF_DIR */
  remoteFolder: string;
  /** PLAYBOOK_RETRIES: attempts, the first included. */
  playbookRetries: number;
  waitRunningMs: number;
  waitSshMs: number;
  waitPublicIpMs: number;
  installTimeoutMs: number;
}

const retryMs = 500;
const installPollMs = 1000;
/** A look at the output waits for news on the master this long. */
const newsWaitMs = 1500;
const outputPortion = 256 * 1024;
const refusedLoginLimit = 3;
const refusedLoginPauseMs = 5000;
const reachWaitSeconds = 2;

/** The steps on the master VM: boot, log in, install, addresses, reach, run (spec: contextualization.md part 2 D). */
export class AnsibleStage {
  constructor(
    private readonly ssh: SshClientPool,
    private readonly options: ContextualizationOptions,
  ) {}

  /** Chooses the master, or fails with the documented text when there is none. */
  async begin(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const vms = participants(infrastructure, await context.store.vms(infrastructure.id));
    const master = chooseMaster(vms, infrastructure.masterVmId);
    if (master === undefined) {
      return failed(infrastructure.id, texts.noMaster);
    }
    const optedOut = planContextualization(infrastructure.radl, vms).optedOut;
    return {
      type: 'continue',
      step: 'boot',
      data: newProgress(master.imId, await context.store.now()),
      writes: async (tx) => {
        const row = await tx.infrastructure(infrastructure.id);
        if (row !== null) {
          await tx.saveInfrastructure({ ...row, masterVmId: master.imId });
        }
        const out = (await tx.vms(infrastructure.id)).filter(
          (vm) => optedOut.has(vm.imId) && vm.status === 'live',
        );
        await tx.saveVms(out.map((vm) => ({ ...vm, configured: true })));
        const lines = [texts.selectMaster, texts.waitBoot];
        await tx.appendLogs([
          ...(await infrastructureLines(tx.now(), infrastructure.id, lines)),
          ...out.map((vm) => ({ infrastructureId: infrastructure.id, scope: vm.imId, text: texts.optedOut })),
        ]);
      },
    };
  }

  async advance(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    switch (context.operation.step) {
      case 'boot':
        return this.boot(context, infrastructure);
      case 'login':
        return this.login(context, infrastructure);
      case 'install':
        return this.install(context, infrastructure);
      case 'addresses':
        return this.addresses(context, infrastructure);
      case 'reach':
        return this.reach(context, infrastructure);
      case 'launch':
        return this.launch(context, infrastructure);
      default:
        return this.follow(context, infrastructure);
    }
  }

  /** Ends what runs on the master; a master that cannot be reached ends with its VM. */
  async cancel(context: StepContext, infrastructure: Infrastructure): Promise<void> {
    const progress = context.operation.data as Progress | null;
    if (progress === null || progress.attempt === 0) {
      return;
    }
    try {
      const { target } = await this.master(context, infrastructure);
      const directory = runFolder(this.folder(infrastructure), context.operation.id, progress.attempt);
      await this.ssh.use(target, (connection) => killDetached(connection, directory));
    } catch (error) {
      context.logger.warn('the run on the master could not be ended', { reason: messageOf(error) });
    }
  }

  private async boot(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const stored = await this.masterVm(context, infrastructure);
    if (stored === undefined) {
      return failed(infrastructure.id, texts.bootFailed);
    }
    const [vm = stored] = isUp(stored) ? [stored] : await refreshVms(context, [stored]);
    const waited = (await context.store.now()) - progress.since;
    if (vm.providerState === 'failed' || vm.providerState === 'off' || waited > this.options.waitRunningMs) {
      return failed(infrastructure.id, texts.bootFailed);
    }
    if (!isUp(vm)) {
      return { type: 'wait', step: 'boot', delayMs: 1000 };
    }
    return {
      type: 'continue',
      step: 'login',
      data: { ...progress, since: await context.store.now() } satisfies Progress,
      writes: lines(infrastructure.id, [texts.waitSsh]),
    };
  }

  private async login(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const { target } = await this.master(context, infrastructure);
    try {
      const facts = await this.ssh.use(target, (connection) => probeMaster(connection));
      if (facts.ansible !== null) {
        return this.masterReady(context, infrastructure, progress);
      }
      const command = installScript(facts);
      const directory = this.installFolder(infrastructure);
      await this.ssh.use(target, (connection) => startDetached(connection, { directory, command }));
      const data: Progress = { ...progress, since: await context.store.now() };
      return {
        type: 'continue',
        step: 'install',
        data,
        writes: lines(infrastructure.id, [texts.configureMaster]),
      };
    } catch (error) {
      return this.loginFailed(context, infrastructure, progress, error);
    }
  }

  private async loginFailed(
    context: StepContext,
    infrastructure: Infrastructure,
    progress: Progress,
    error: unknown,
  ): Promise<StepOutcome> {
    if (!(error instanceof SshError)) {
      throw error;
    }
    const waited = (await context.store.now()) - progress.since;
    const refused = error.code === 'AuthenticationFailed' ? progress.refusedLogins + 1 : 0;
    if (error.code === 'InvalidKey' || refused >= refusedLoginLimit || waited > this.options.waitSshMs) {
      return failed(infrastructure.id, texts.sshFailed(error.message));
    }
    const data: Progress = { ...progress, refusedLogins: refused };
    return { type: 'wait', step: 'login', delayMs: refused > 0 ? refusedLoginPauseMs : retryMs, data };
  }

  private async masterReady(
    context: StepContext,
    infrastructure: Infrastructure,
    progress: Progress,
  ): Promise<StepOutcome> {
    return {
      type: 'continue',
      step: 'addresses',
      data: { ...progress, since: await context.store.now() } satisfies Progress,
      writes: async (tx) => {
        const row = await tx.infrastructure(infrastructure.id);
        if (row !== null) {
          await tx.saveInfrastructure({ ...row, ansibleConfigured: true });
        }
        await lines(infrastructure.id, [texts.masterConfigured])(tx);
      },
    };
  }

  private async install(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const { target } = await this.master(context, infrastructure);
    const directory = this.installFolder(infrastructure);
    const run = await this.ssh.use(target, (connection) =>
      pollDetached(connection, directory, progress.offset, outputPortion, newsWaitMs),
    );
    const waited = (await context.store.now()) - progress.since;
    if (run.state === 'finished' && run.exitCode === 0) {
      return this.masterReady(context, infrastructure, { ...progress, offset: 0 });
    }
    if (run.state === 'running' && waited < this.options.installTimeoutMs) {
      const data: Progress = { ...progress, offset: run.nextOffset };
      return { type: 'wait', step: 'install', delayMs: installPollMs, data };
    }
    const tail = run.output.toString('utf8').trim().slice(-1000);
    return failed(infrastructure.id, texts.installFailed(tail === '' ? 'it did not end in time.' : tail));
  }

  /** Every VM that should have an address has one, or is left out after a while. */
  private async addresses(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const known = participants(infrastructure, await context.store.vms(infrastructure.id));
    const vms = known.every(isComplete) ? known : await refreshVms(context, known);
    const missing = vms.filter((vm) => !isComplete(vm) && !isDown(vm));
    const waited = (await context.store.now()) - progress.since;
    if (missing.length > 0 && waited < this.options.waitPublicIpMs) {
      return { type: 'wait', step: 'addresses', delayMs: 1000 };
    }
    const left = [...missing, ...vms.filter(isDown)];
    const excluded = Object.fromEntries(
      left.map((vm) => [String(vm.imId), texts.noAddress(vm.providerId ?? '')]),
    );
    const warnings = left.map((vm) => texts.noAddress(vm.providerId ?? String(vm.imId)));
    if (missing.length > 0) {
      warnings.unshift(texts.missingAddresses);
    }
    const data: Progress = { ...progress, excluded, since: await context.store.now() };
    return { type: 'continue', step: 'reach', data, writes: lines(infrastructure.id, warnings) };
  }

  /** The master reaches the SSH port of every VM; one that stays silent is left out of this contextualization. */
  private async reach(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const { vm: master, target } = await this.master(context, infrastructure);
    const vms = await this.included(context, infrastructure, progress);
    const ways = vms
      .filter((vm) => vm.imId !== master.imId)
      .map((vm) => ({ imId: vm.imId, ...wayFromMaster(master, vm) }));
    const silent = ways.length === 0 ? [] : await this.silentVms(target, ways);
    const waited = (await context.store.now()) - progress.since;
    if (silent.length > 0 && waited < this.options.waitSshMs) {
      return { type: 'wait', step: 'reach', delayMs: retryMs };
    }
    const warnings = silent.map((id) => texts.unreachable(id, 'its SSH port does not answer'));
    const excluded = {
      ...progress.excluded,
      ...Object.fromEntries(silent.map((id) => [String(id), texts.unreachable(id, '')])),
    };
    const targets = vms.filter((vm) => excluded[vm.imId] === undefined).map((vm) => vm.imId);
    const data: Progress = { ...progress, excluded, targets, attempt: 1, offset: 0 };
    return {
      type: 'continue',
      step: 'launch',
      data,
      writes: lines(infrastructure.id, [...warnings, texts.copyFiles]),
    };
  }

  private async silentVms(target: SshTarget, ways: Parameters<typeof reachScript>[0]): Promise<number[]> {
    const script = reachScript(ways, reachWaitSeconds);
    const { stdout } = await this.ssh.use(target, (connection) =>
      connection.exec('sh', { input: script, timeoutMs: 20_000 }),
    );
    return stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => /^\d+$/.test(line))
      .map(Number);
  }

  /** Writes the files and starts the playbook; both may be repeated after a crash. */
  private async launch(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const { vm: master, target } = await this.master(context, infrastructure);
    const vms = await this.included(context, infrastructure, progress);
    const request = requestOf(context.operation, 'contextualize');
    const folder = this.folder(infrastructure);
    const name = `contextualization-${progress.attempt}.yml`;
    const text = renderPlaybook({
      radl: infrastructure.radl,
      vms,
      targets: vms.filter((vm) => progress.targets.includes(vm.imId)),
      onlyUserStepsOf: request.vmIds,
      steps: planContextualization(infrastructure.radl, vms).userSteps,
      publicKey: `${folder}/ansible_key.pub`,
    });
    const files = masterFiles(
      {
        infrastructure,
        vms,
        master,
        folder,
        items: mentionsAuthorization(infrastructure) ? context.items : [],
      },
      { name, text },
      Math.min(Math.max(vms.length, 5), 50),
    );
    const requirements = requirementsFile(galaxyRequirements(infrastructure.radl));
    if (requirements !== null) {
      files.push({ path: `${folder}/requirements.yml`, data: requirements });
    }
    const directory = runFolder(folder, context.operation.id, progress.attempt);
    const command = runCommand(
      folder,
      name,
      requirements !== null,
      request.reinstall && progress.attempt === 1,
    );
    await this.ssh.use(target, async (connection) => {
      await connection.writeFiles(files);
      await startDetached(connection, { directory, command });
    });
    return {
      type: 'continue',
      step: 'follow',
      data: { ...progress, offset: 0, failedHosts: [] } satisfies Progress,
    };
  }

  private async follow(context: StepContext, infrastructure: Infrastructure): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const { target } = await this.master(context, infrastructure);
    const directory = runFolder(this.folder(infrastructure), context.operation.id, progress.attempt);
    const run = await this.ssh.use(target, (connection) =>
      pollDetached(connection, directory, progress.offset, outputPortion, newsWaitMs),
    );
    const vms = await this.included(context, infrastructure, progress);
    const output = handleOutput(infrastructure.id, progress, run, vms);
    if (!output.ended) {
      return { type: 'continue', step: 'follow', data: output.progress, writes: output.writes };
    }
    return runOutcome(infrastructure, output, vms, this.options.playbookRetries);
  }

  private async included(
    context: StepContext,
    infrastructure: Infrastructure,
    progress: Progress,
  ): Promise<Vm[]> {
    const vms = participants(infrastructure, await context.store.vms(infrastructure.id));
    return vms.filter((vm) => progress.excluded[vm.imId] === undefined && addressOf(vm) !== undefined);
  }

  private async masterVm(context: StepContext, infrastructure: Infrastructure): Promise<Vm | undefined> {
    const vm = await context.store.vm(infrastructure.id, progressOf(context.operation).masterId);
    return vm?.status === 'live' ? vm : undefined;
  }

  private async master(
    context: StepContext,
    infrastructure: Infrastructure,
  ): Promise<{ vm: Vm; target: SshTarget }> {
    const vm = await this.masterVm(context, infrastructure);
    const target = vm === undefined ? undefined : sshTarget(vm);
    if (vm === undefined || target === undefined) {
      throw new SshError('Unreachable', 'The master VM has no address.');
    }
    return { vm, target };
  }

  private folder(infrastructure: Infrastructure): string {
    return remoteFolder(this.options.remoteFolder, infrastructure.id);
  }

  private installFolder(infrastructure: Infrastructure): string {
    return `${this.folder(infrastructure)}/runs/install-${infrastructure.masterVmId ?? 0}`;
  }
}

/** VMs that take part: live ones whose system does not opt out. */
function participants(infrastructure: Infrastructure, vms: readonly Vm[]): Vm[] {
  const live = liveVms(vms);
  const { optedOut } = planContextualization(infrastructure.radl, live);
  return live.filter((vm) => !optedOut.has(vm.imId));
}

function isDown(vm: Vm): boolean {
  return vm.providerState === 'off' || vm.providerState === 'failed' || vm.providerState === 'stopped';
}

function isUp(vm: Vm): boolean {
  return vm.providerState === 'running' && addressOf(vm) !== undefined;
}

function isComplete(vm: Vm): boolean {
  return isUp(vm) && (!wantsPublicAddress(vm) || sshTarget(vm) !== undefined);
}

function mentionsAuthorization(infrastructure: Infrastructure): boolean {
  return infrastructure.radl.configures.some((configure) =>
    /IM_INFRASTRUCTURE_AUTH|BEARER_TOKEN/.test(configure.recipe ?? ''),
  );
}

function failed(infrastructureId: string, text: string): StepOutcome {
  return {
    type: 'failed',
    error: { code: 'OperationFailed', message: text },
    writes: failedWrites(infrastructureId, text),
  };
}

/** Lines of the infrastructure log. */
function lines(infrastructureId: string, messages: readonly string[]): StepWrites {
  return async (tx) => {
    await tx.appendLogs(await infrastructureLines(tx.now(), infrastructureId, messages));
  };
}

async function infrastructureLines(
  now: Promise<number>,
  infrastructureId: string,
  messages: readonly string[],
): Promise<LogChunk[]> {
  const at = await now;
  const text = messages.map((message) => logLine(at, message)).join('');
  return text === '' ? [] : [{ infrastructureId, scope: infrastructureLog, text }];
}
