import type { Radl } from '@im/radl';
import { checkRecipes, parseRadl, parseRadlJson, RadlError } from '@im/radl';
import type { ZodError } from 'zod';
import { errorTexts, ImError } from '../errors.js';
import type { ImIdentity, Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import { keptOfDocument } from '../model/kept-tosca.js';
import type { CloudResource } from '../model/ledger.js';
import { importedToken } from '../model/ledger.js';
import type { Vm } from '../model/vm.js';
import { infrastructureName } from '../operations/infrastructure-name.js';
import { launchToken, machineResource } from '../operations/planned-vms.js';
import { newResource } from '../operations/resource-ledger.js';
import type { Ids } from '../ports/environment.js';
import type { StoreTransaction } from '../ports/store.js';
import { infrastructureLog } from '../ports/store.js';
import { mayAccess } from './access.js';
import type { ImportedInfrastructure, ImportedVm } from './import-schema.js';
import {
  importSchema,
  infrastructureKeys,
  keptToscaKey,
  ownerSchema,
  providerStateOf,
  vmKeys,
} from './import-schema.js';

/**
 * Takes over an exported infrastructure; nothing is asked or changed at its clouds (spec: rest-api.md 9.3). The id is kept, or made
 * when there is none, and the caller becomes the owner. An id that is stored here as deleted is taken only by an owner of that record.
 * @returns the id
 * @throws ImError `Trying to add an existing infrastructure ID.` or what is wrong with the document
 */
export async function importDocument(
  tx: StoreTransaction,
  ids: Ids,
  requester: Requester,
  document: string,
): Promise<string> {
  const data = parseDocument(ids, document);
  const known = await tx.infrastructure(data.id);
  if (known !== null) {
    refuseKnown(known, requester, data);
  }
  const now = await tx.now();
  const infrastructure = infrastructureOf(data, requester, now);
  const vms = completeNumbers(data, now);
  infrastructure.nextVmId = vms.length;
  await (known === null
    ? tx.insertInfrastructure(infrastructure)
    : tx.replaceDeletedInfrastructure(infrastructure));
  await tx.insertVms(vms);
  await tx.insertResources(resourcesOf(ids, data.id, vms, now));
  await tx.appendLogs(logsOf(data));
  return data.id;
}

/**
 * The machines; and for each cloud one row for what its VMs share there, which no document tells: while it is open, a destroy asks the
 * connector to clean up.
 */
function resourcesOf(ids: Ids, infrastructureId: string, vms: readonly Vm[], now: number): CloudResource[] {
  // Where no cloud was chosen there is nothing.
  const existing = vms.filter((vm) => vm.status !== 'destroyed' && vm.cloud.type !== '');
  const clouds = new Map(existing.map(({ cloud }) => [cloud.id, cloud]));
  const shared = [...clouds.values()].map((cloud): CloudResource => {
    const wanted = { kind: 'network' as const, token: importedToken, vmId: null };
    return { ...newResource({ ids }, infrastructureId, cloud, wanted, now), state: 'unknown' };
  });
  return [...existing.map((vm) => machineResource(vm, 'present', now)), ...shared];
}

/**
 * An id that is alive here is taken by nobody; one that was deleted or exported by an owner of that record, or by whoever holds its export,
 * which names those owners with their passwords.
 */
function refuseKnown(known: Infrastructure, requester: Requester, data: ImportedInfrastructure): void {
  if (known.deletedAt === null) {
    throw new ImError('InvalidRequest', 'Trying to add an existing infrastructure ID.');
  }
  if (!mayAccess([...requester.identities, ...ownersIn(data)], known.owners)) {
    throw new ImError('AccessDenied', errorTexts.accessDenied);
  }
}

/** Owners that the document names; they prove where it came from and give no rights here. */
function ownersIn(data: ImportedInfrastructure): ImIdentity[] {
  return data.auth.flatMap((entry) => {
    const owner = ownerSchema.safeParse(entry);
    if (!owner.success) {
      return [];
    }
    const { username, password, token } = owner.data;
    return [
      {
        username,
        ...(password === undefined ? {} : { password }),
        ...(token === undefined ? {} : { token }),
        admin: false,
      },
    ];
  });
}

function parseDocument(ids: Ids, document: string): ImportedInfrastructure {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch (error) {
    throw incorrect(`it is no JSON (${error instanceof Error ? error.message : ''}).`, error);
  }
  const unwrapped = unwrap(value);
  const parsed = importSchema.safeParse(unwrapped);
  if (!parsed.success) {
    throw incorrect(firstProblem(parsed.error), parsed.error);
  }
  return { ...parsed.data, id: parsed.data.id ?? ids.infrastructure() };
}

/**
 * The document itself; also `{"data": "..."}`, the answer of an export as a whole, and the document once more written as a JSON text,
 * which is what the command line client prints of an export.
 */
function unwrap(value: unknown): unknown {
  const wrapped =
    typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'string'
      ? value.data
      : value;
  if (typeof wrapped !== 'string') {
    return value;
  }
  try {
    return JSON.parse(wrapped) as unknown;
  } catch (error) {
    throw incorrect('the text in it is no JSON.', error);
  }
}

function firstProblem(error: ZodError): string {
  const [issue] = error.issues;
  return issue === undefined
    ? 'unknown form.'
    : `${issue.path.join('.') || 'the document'}: ${issue.message}.`;
}

function incorrect(why: string, cause: unknown): ImError {
  return new ImError('InvalidRequest', `Error importing the infrastructure, incorrect data: ${why}`, {
    cause,
  });
}

function parseDocumentRadl(text: string): Radl {
  try {
    const radl = text.trimStart().startsWith('[') ? parseRadlJson(text) : parseRadl(text);
    // Recipes are run as they are stored: nobody looks at them again.
    checkRecipes(radl);
    return radl;
  } catch (error) {
    if (error instanceof RadlError) {
      throw incorrect(error.message, error);
    }
    throw error;
  }
}

function infrastructureOf(data: ImportedInfrastructure, requester: Requester, now: number): Infrastructure {
  const radl = withoutFakeSystems(parseDocumentRadl(data.radl));
  return {
    id: data.id,
    version: 1,
    owners: requester.identities,
    name: infrastructureName(radl),
    radl,
    tosca: keptToscaOf(data),
    privateNetworks: data.private_networks,
    nextVmId: 0,
    masterVmId: data.vm_master,
    configured: data.configured,
    ansibleConfigured: data.ansible_configured,
    snapshots: data.snapshots.map((url) => ({ url, cloud: null })),
    extra: Object.fromEntries(Object.entries(data).filter(([key]) => !infrastructureKeys.has(key))),
    createdAt: data.creation_date === null ? now : data.creation_date * 1000,
    updatedAt: now,
    deletedAt: null,
  };
}

/** Another implementation gives the text of the document only. */
function keptToscaOf({ id, extra_info: info }: ImportedInfrastructure): KeptTosca | null {
  return typeof info.TOSCA === 'string' ? { ...keptOfDocument(id, info.TOSCA), ...info[keptToscaKey] } : null;
}

/** Systems that another implementation keeps in the document to pin networks to clouds (spec: lifecycle.md 1.4). */
function withoutFakeSystems(radl: Radl): Radl {
  const isFake = (name: string): boolean => name.startsWith('F0000__FAKE_SYSTEM__');
  return {
    ...radl,
    systems: radl.systems.filter((system) => !isFake(system.id)),
    deploys: radl.deploys.filter((deploy) => !isFake(deploy.system)),
  };
}

/** Rows for 0..n: numbers that the document leaves out become destroyed place-holders, since the next number is the list length. */
function completeNumbers(data: ImportedInfrastructure, now: number): Vm[] {
  const byNumber = new Map(data.vm_list.map((vm) => [vm.im_id, vm]));
  if (byNumber.size !== data.vm_list.length) {
    throw incorrect('two VMs of vm_list have the same im_id.', undefined);
  }
  const first = data.vm_list[0];
  const count = data.vm_list.reduce((highest, vm) => Math.max(highest, vm.im_id), -1) + 1;
  if (count > data.vm_list.length + 10_000) {
    throw incorrect('the numbers of vm_list have too large gaps.', undefined);
  }
  return Array.from({ length: count }, (_unused, imId) => {
    const vm = byNumber.get(imId) ?? { ...(first as ImportedVm), id: null, destroy: true, im_id: imId };
    return vmOf(data.id, vm, now);
  });
}

function vmOf(infrastructureId: string, vm: ImportedVm, now: number): Vm {
  const info = parseDocumentRadl(vm.info);
  const createdAt = vm.creation_date === null ? now : vm.creation_date * 1000;
  return {
    infrastructureId,
    imId: vm.im_id,
    version: 1,
    system: info.systems[0]?.id ?? '',
    cloud: vm.cloud,
    providerId: vm.id,
    launchToken: launchToken(infrastructureId, vm.im_id),
    status: vm.destroy ? 'destroyed' : vm.id === null ? 'failed' : 'live',
    providerState: providerStateOf(vm.state),
    info,
    requested: parseDocumentRadl(vm.requested_radl),
    // Whatever was under way there is lost for this service.
    configured: vm.configured ?? false,
    errorMessage: vm.error_msg,
    launchAttempts: 1,
    launchErrors: [],
    launchNotBefore: null,
    addedBy: null,
    lastSuccess: vm.last_update === null ? null : vm.last_update * 1000,
    failingSince: null,
    sshHostKey: null,
    connectorData: Object.fromEntries(Object.entries(vm).filter(([key]) => !vmKeys.has(key))),
    createdAt,
  };
}

function logsOf(data: ImportedInfrastructure): Parameters<StoreTransaction['appendLogs']>[0] {
  const logs = [{ infrastructureId: data.id, scope: infrastructureLog, text: data.cont_out }];
  for (const vm of data.vm_list) {
    logs.push({ infrastructureId: data.id, scope: vm.im_id, text: vm.cont_out });
  }
  return logs.filter((log) => log.text !== '');
}
