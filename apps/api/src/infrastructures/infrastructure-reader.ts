import type { Infrastructure, RequestContext, Requester, Vm } from '@im/domain';
import { errorTexts, hasAccess, ImError, infrastructureLog, mayAccess, messageOf, vmNamed } from '@im/domain';
import { printRadl } from '@im/radl';
import { Inject, Injectable } from '@nestjs/common';
import type { RE2JS } from 're2js';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { InfrastructureCache } from './infrastructure-cache.js';
import type { InfrastructureView } from './infrastructure-view.js';

/** A read waits this long for fresh facts from the clouds, then answers with the last known ones. */
const refreshWaitMs = 2000;
const frameLine = `${'*'.repeat(75)}\n`;
/** Infrastructures whose documents are searched at once. */
const filterPortion = 100;

/** Everything that only reads infrastructures. */
@Injectable()
export class InfrastructureReader {
  private readonly cache: InfrastructureCache;
  private readonly refreshes = new Map<string, Promise<boolean>>();

  constructor(@Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies) {
    const { config, store, notifier, logger } = dependencies;
    this.cache = new InfrastructureCache(store, notifier, logger, {
      max: config.INF_CACHE_MAX,
      timeMs: config.INF_CACHE_TIME * 1000,
    });
  }

  /** The infrastructure after the checks of spec: rest-api.md 8.1. @throws ImError */
  async view(requester: Requester, id: string): Promise<InfrastructureView> {
    const view = await this.cache.view(id);
    if (view === null) {
      throw new ImError('InfrastructureNotFound', errorTexts.infrastructureNotFound);
    }
    if (!mayAccess(requester.identities, view.infrastructure.owners)) {
      throw new ImError('AccessDenied', errorTexts.accessDenied);
    }
    return view;
  }

  /** The same with VM facts that are young enough, or the last known ones when a cloud is slow (design: architecture.md 4). */
  async freshView(context: RequestContext, id: string): Promise<InfrastructureView> {
    const view = await this.view(context.requester, id);
    if (!this.isStale(view, context.requester)) {
      return view;
    }
    try {
      if (!(await this.refreshed(context, id))) {
        return view;
      }
    } catch (error) {
      if (!(error instanceof ImError) || error.code !== 'Unavailable') {
        throw error;
      }
      // The database takes no new request now: a read goes on without.
      this.dependencies.logger.warn('machines cannot be refreshed, answering with what is known', {
        reason: messageOf(error),
      });
    }
    return this.view(context.requester, id);
  }

  /** Reads of an infrastructure that come while one waits for a refresh share the wait. @returns whether there may be news */
  private refreshed(context: RequestContext, id: string): Promise<boolean> {
    const running = this.refreshes.get(id);
    if (running !== undefined) {
      return running;
    }
    const { requests } = this.dependencies;
    const started = requests
      .refresh(context, id)
      .then(async (refresh) => {
        if (refresh !== null) {
          await requests.outcome(refresh, refreshWaitMs);
        }
        return refresh !== null;
      })
      .finally(() => this.refreshes.delete(id));
    this.refreshes.set(id, started);
    return started;
  }

  /** @throws ImError `Invalid VM ID` or `Deleted VM.` */
  vm(view: InfrastructureView, vmId: string): Vm {
    return vmNamed(view.allVms, vmId);
  }

  now(): number {
    return this.dependencies.clock.now();
  }

  get gracePeriodMs(): number {
    return this.dependencies.config.VM_INFO_UPDATE_ERROR_GRACE_PERIOD * 1000;
  }

  /** The log of the infrastructure, then of its VMs in their frame (spec: rest-api.md 9.7). */
  async contextualizationMessage(view: InfrastructureView, headerOnly: boolean): Promise<string> {
    const { store } = this.dependencies;
    const { id } = view.infrastructure;
    if (headerOnly) {
      return store.log(id, infrastructureLog);
    }
    const logs = await store.logs(id);
    const parts = view.vms.flatMap((vm) => {
      const message = vmMessage(vm, logs.get(vm.imId) ?? '');
      return message === '' ? [] : [`VM ${vm.imId}:\n${message}\n${frameLine}`];
    });
    return (logs.get(infrastructureLog) ?? '') + parts.join('');
  }

  /** Launch error of the VM, if any, then its log. */
  async vmContextualizationMessage(view: InfrastructureView, vm: Vm): Promise<string> {
    return vmMessage(vm, await this.dependencies.store.log(view.infrastructure.id, vm.imId));
  }

  /**
   * Ids the caller may see, newest first.
   * @param filter regular expression searched in the documents, by an engine with linear running time
   * @throws ImError for a bad expression
   */
  async ids(requester: Requester, filter: string | undefined): Promise<string[]> {
    const { store } = this.dependencies;
    const all = requester.identities.some((identity) => identity.admin);
    const ids = await store.infrastructureIds(all ? {} : { owners: requester.identities });
    if (filter === undefined || filter === '') {
      return ids;
    }
    const expression = await compile(filter);
    const found: string[] = [];
    for (let start = 0; start < ids.length; start += filterPortion) {
      const portion = await store.infrastructuresById(ids.slice(start, start + filterPortion));
      found.push(
        ...portion.filter((infrastructure) => matches(expression, infrastructure)).map(({ id }) => id),
      );
    }
    return found;
  }

  /** Whether facts are too old of a machine that the requester has credentials to ask for. */
  private isStale(view: InfrastructureView, { clouds }: Requester): boolean {
    const limit = this.now() - this.dependencies.config.VM_INFO_UPDATE_FREQUENCY * 1000;
    if (view.oldestNews === null || view.oldestNews >= limit) {
      return false;
    }
    return view.vms.some(
      (vm) => vm.status === 'live' && (vm.lastSuccess ?? 0) < limit && hasAccess(clouds, vm.cloud),
    );
  }
}

function vmMessage(vm: Vm, log: string): string {
  return vm.errorMessage === null ? log : `${vm.errorMessage}\n${log}`;
}

function matches(expression: RE2JS, infrastructure: Infrastructure): boolean {
  return (
    expression.matcher(printRadl(infrastructure.radl)).find() ||
    (infrastructure.tosca !== null && expression.matcher(infrastructure.tosca.document).find())
  );
}

async function compile(filter: string): Promise<RE2JS> {
  // Loaded with the first filter: its tables take some megabytes.
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    return RE2JS.compile(filter);
  } catch (cause) {
    if (cause instanceof RE2JSException) {
      throw new ImError('InvalidRequest', `The filter is no regular expression: ${cause.message}`, { cause });
    }
    throw cause;
  }
}
