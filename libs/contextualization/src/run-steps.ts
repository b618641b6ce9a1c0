import type { Infrastructure, StepContext, StepOutcome, Vm } from '@im/domain';
import { ImError, requestOf } from '@im/domain';
import type { RemoteFile } from '@im/ssh';
import { pollDetached } from '@im/ssh';
import type { ContextualizationOptions } from './contextualization-options.js';
import type { ControlLink } from './control-link.js';
import type { ControlNode } from './control-node.js';
import { galaxyRequirements, requirementsFile } from './galaxy.js';
import { failedOutcome, writeLines } from './infrastructure-lines.js';
import { keptSettings } from './kept-settings.js';
import type { RunInput } from './master-files.js';
import { masterFiles } from './master-files.js';
import { includedVms } from './participants.js';
import { planContextualization } from './plan.js';
import { packageNames } from './prepare-playbook.js';
import type { Progress } from './progress.js';
import { progressOf } from './progress.js';
import { remoteFolder, runFolder } from './remote-files.js';
import { runCommand } from './run-command.js';
import { runOutcome } from './run-outcome.js';
import { handleOutput, outputPortion } from './run-output.js';
import { startRun } from './start-run.js';
import { texts } from './texts.js';

/** A look at the output waits for news on the control node this long: it keeps a place that other infrastructures may need. */
const newsWaitMs = 200;
/** Until the next look; nobody's place is kept meanwhile. */
const betweenLooksMs = 500;

/** The run on the control node: files, start, output until its end. */
export class RunSteps {
  constructor(
    private readonly link: ControlLink,
    private readonly options: ContextualizationOptions,
  ) {}

  /** Writes the files and starts the run; both may be repeated after a crash. */
  async launch(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
  ): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const request = requestOf(context.operation, 'contextualize');
    const vms = await includedVms(context, infrastructure, progress);
    const input = this.runInput(context, infrastructure, node, vms);
    const galaxy = galaxyRequirements(infrastructure.radl);
    const requirements = requirementsFile(galaxy);
    let files: RemoteFile[];
    try {
      files = masterFiles(input);
    } catch (error) {
      if (error instanceof ImError) {
        return failedOutcome(infrastructure.id, texts.filesFailed(error.message));
      }
      throw error;
    }
    if (requirements !== null) {
      files.push({ path: `${input.folder}/requirements.yml`, data: requirements });
    }
    const command = runCommand({
      folder: input.folder,
      runFolder: input.runFolder,
      ansible: progress.ansible ?? undefined,
      withGalaxy: requirements !== null,
      reinstall: request.reinstall && progress.attempt === 1,
    });
    await this.link.use(node, (connection) =>
      startRun(connection, { directory: input.runFolder, command }, files),
    );
    return {
      type: 'continue',
      step: 'follow',
      data: { ...progress, offset: 0, result: null } satisfies Progress,
      writes: writeLines(infrastructure.id, [
        ...galaxy.roles.map(({ name, src }) => texts.galaxy('role', name ?? src)),
        ...galaxy.collections.map(({ name }) => texts.galaxy('collection', name)),
        ...applicationsOf(infrastructure).map(texts.application),
        texts.copyFiles,
      ]),
    };
  }

  async follow(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
  ): Promise<StepOutcome> {
    const progress = progressOf(context.operation);
    const directory = this.runFolder(context, infrastructure, progress);
    const run = await this.link.use(node, (connection) =>
      pollDetached(connection, directory, progress.offset, outputPortion, newsWaitMs),
    );
    const vms = await includedVms(context, infrastructure, progress);
    const output = handleOutput(infrastructure.id, progress, run, vms);
    if (output.ended) {
      return runOutcome(infrastructure, output, vms);
    }
    const next = { step: 'follow', data: output.progress, writes: output.writes };
    return output.moreAtHand
      ? { type: 'continue', ...next }
      : { type: 'wait', delayMs: betweenLooksMs, ...next };
  }

  /** Folder of the present attempt on the control node. */
  runFolder(context: StepContext, infrastructure: Infrastructure, progress: Progress): string {
    const folder = remoteFolder(this.options.remoteFolder, infrastructure.id);
    return runFolder(folder, context.operation.id, progress.attempt);
  }

  private runInput(
    context: StepContext,
    infrastructure: Infrastructure,
    node: ControlNode,
    vms: readonly Vm[],
  ): RunInput {
    const progress = progressOf(context.operation);
    return {
      infrastructure,
      vms,
      control: node,
      ways: new Map(Object.entries(progress.ways).map(([imId, way]) => [Number(imId), way])),
      kept: keptSettings(context, vms),
      targets: vms.filter((vm) => progress.targets.includes(vm.imId)),
      steps: planContextualization(infrastructure.radl, vms).userSteps,
      onlyUserStepsOf: requestOf(context.operation, 'contextualize').vmIds,
      folder: remoteFolder(this.options.remoteFolder, infrastructure.id),
      runFolder: this.runFolder(context, infrastructure, progress),
      attempts: this.options.playbookRetries,
      vmsPerProcess: this.options.vmsPerProcess,
      defaultDomain: this.options.defaultDomain,
    };
  }
}

function applicationsOf(infrastructure: Infrastructure): string[] {
  const names = infrastructure.radl.systems.flatMap((system) =>
    packageNames(system.features.getGroups('disk.0.applications')),
  );
  return [...new Set(names)];
}
