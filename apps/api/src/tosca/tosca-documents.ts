import { randomBytes } from 'node:crypto';
import type { KeptTosca, Logger, Requester, ToscaUpdate, UpdateState, Vm } from '@im/domain';
import { ImError } from '@im/domain';
import type { Radl } from '@im/radl';
import { deserializeRadl, systemNetworks } from '@im/radl';
import type { ExistingVm, Topology, ToscaFiles } from '@im/tosca';
import { readToscaYaml, ToscaError, TypeCache, tokenInputs, topologyOf } from '@im/tosca';
import { KeptFiles } from './kept-imports.js';
import type { ToscaThreads } from './tosca-threads.js';
import type { TranslationOutcome, TranslationRequest } from './translate-document.js';
import { readOptions, translateDocument } from './translate-document.js';

/** A TOSCA document of a request that was found to be good. */
export interface SentTosca {
  text: string;
  /** What it becomes for an infrastructure without VMs. */
  radl: Radl;
  /** How it is kept with an infrastructure that is made of it. */
  kept: KeptTosca;
}

/** What the reading of TOSCA documents is given. */
export interface ToscaDocumentsOptions {
  files: ToscaFiles;
  threads: ToscaThreads;
  /** Address that templates must come from; empty: anywhere (option OAIPMH_REPO_BASE_IDENTIFIER_URL). */
  templateRepository: string;
  logger: Logger;
}

/** Documents up to this length, in characters, take a few milliseconds and are read at once; longer ones by a thread. */
const longestAtOnce = 4000;

/** Reads TOSCA documents of requests and of infrastructures, and translates them (spec: tosca.md 1, 9, 10). */
export class ToscaDocuments {
  private readonly cache = new TypeCache();
  /** Of infrastructures whose outputs were asked for, as long as their documents are in a cache. */
  private readonly topologies = new WeakMap<KeptTosca, Topology>();

  constructor(private readonly options: ToscaDocumentsOptions) {}

  /**
   * Reads the document of a request, checks and translates it.
   * @throws ImError `InvalidRequest` with everything that is wrong with it
   */
  async read(text: string, requester: Requester): Promise<SentTosca> {
    const outcome = await this.translated(this.requestOf(text, requester));
    if ('refused' in outcome) {
      throw new ImError('InvalidRequest', `Error parsing request body: ${outcome.refused}`);
    }
    return { text, radl: deserializeRadl(outcome.radl), kept: outcome.tosca };
  }

  /**
   * Merges a sent document into that of an infrastructure, and translates it against the VMs that exist (spec: tosca.md 9).
   * @throws ImError `InvalidRequest`
   */
  async update(sent: SentTosca, state: UpdateState, requester: Requester): Promise<ToscaUpdate> {
    const outcome = await this.translated({
      ...this.requestOf(sent.text, requester),
      containerId: sent.kept.containerId,
      changes: { stored: state.infrastructure.tosca, vms: state.vms.map(existingVm) },
    });
    if ('refused' in outcome) {
      throw new ImError('InvalidRequest', outcome.refused);
    }
    return { radl: deserializeRadl(outcome.radl), remove: [...outcome.remove], tosca: outcome.tosca };
  }

  /**
   * Links the document of an infrastructure, as its outputs need it.
   * @throws ImError `InvalidRequest` when it can no longer be read, for instance because an import is gone
   */
  async topologyOf(tosca: KeptTosca, requester: Requester): Promise<Topology> {
    const known = this.topologies.get(tosca);
    if (known !== undefined) {
      return known;
    }
    const request = this.requestOf('', requester);
    const files = new KeptFiles(tosca.imports, this.options.files);
    const options = readOptions(request, tosca.generatedInputs, { files, cache: this.cache });
    try {
      const { topology } = await topologyOf(readToscaYaml(tosca.document), options);
      // What holds the token of one user is not for the next one.
      if (tokenInputs(topology.document).length === 0) {
        this.topologies.set(tosca, topology);
      }
      return topology;
    } catch (cause) {
      if (cause instanceof ToscaError) {
        throw new ImError('InvalidRequest', cause.message, { cause });
      }
      throw cause;
    }
  }

  private requestOf(text: string, requester: Requester): TranslationRequest {
    return {
      text,
      accessToken: accessToken(requester),
      containerId: randomBytes(4).toString('hex'),
      templateRepository: this.options.templateRepository,
    };
  }

  private async translated(request: TranslationRequest): Promise<TranslationOutcome> {
    const { files, threads, logger } = this.options;
    const length = request.text.length + (request.changes?.stored?.document.length ?? 0);
    const outcome =
      length > longestAtOnce
        ? await threads.translate(request)
        : await translateDocument(request, { files, cache: this.cache });
    if (!('refused' in outcome) && outcome.warnings.length > 0) {
      logger.info('parts of a TOSCA document have no effect', { warnings: outcome.warnings });
    }
    return outcome;
  }
}

/** Token of the service's own entry of the authorization data, for `access_token()` (spec: tosca.md 3). */
function accessToken({ items }: Requester): string | undefined {
  const own = items.find((item) => item['type'] === 'InfrastructureManager' && item['token'] !== undefined);
  return own?.['token'];
}

function existingVm(vm: Vm): ExistingVm {
  const [system] = vm.requested.systems;
  const image = system?.features.getText('disk.0.image.url');
  return {
    id: vm.imId,
    system: vm.system,
    created: vm.createdAt,
    ...(image === undefined ? {} : { image }),
    ...(system === undefined ? {} : { networks: systemNetworks(system) }),
  };
}
