import { stringify } from 'yaml';
import type { Evaluation } from '../functions/evaluate.js';
import type { Json, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, jsonOf, textOf } from '../yaml/values.js';
import { withoutScheme } from './container-artifacts.js';
import { bytesOf, numberValue } from './features.js';
import type { OscarHost } from './oscar-host.js';
import { oscarDnsUrl, oscarPassword, oscarUser } from './oscar-host.js';
import { isBlank } from './value-kinds.js';

/**
 * The recipe that makes a function on a deployed OSCAR, or takes it away when none is wanted (spec: tosca.md 6.8).
 * @param properties of the function, evaluated
 */
export function oscarRecipe(
  properties: ToscaMap,
  oscar: OscarHost,
  wanted: 0 | 1,
  evaluation: Evaluation,
): string {
  const access = {
    oscar_endpoint: oscarDnsUrl(oscar, evaluation) ?? 'http://{{ IM_NODE_PUBLIC_IP }}',
    oscar_username: oscarUser,
    oscar_password: oscarPassword(oscar, evaluation),
  };
  const task =
    wanted === 1
      ? {
          include_tasks: 'utils/tasks/oscar_function.yml',
          vars: { ...access, oscar_service_json: JSON.stringify(serviceOf(properties)) },
        }
      : {
          include_tasks: 'utils/tasks/del_oscar_function.yml',
          vars: { ...access, oscar_service_name: textOf(properties.get('name') ?? null) },
        };
  return stringify([{ tasks: [task] }], { version: '1.1', lineWidth: 0 });
}

/** The service definition of OSCAR; properties that say nothing are left out. */
function serviceOf(properties: ToscaMap): Record<string, Json> {
  const service: Record<string, Json> = {};
  for (const [name, member] of serviceMembers) {
    const value = properties.get(name);
    if (!saysNothing(value)) {
      service[member.name] = member.of(value);
    }
  }
  return service;
}

interface ServiceMember {
  name: string;
  of: (value: ToscaValue) => Json;
}

const asGiven = (name: string): ServiceMember => ({ name, of: jsonOf });

/** Members of a service definition by the property that they come from. */
const serviceMembers: ReadonlyMap<string, ServiceMember> = new Map([
  ['name', asGiven('name')],
  ['memory', { name: 'memory', of: mebibytes }],
  ['cpu', { name: 'cpu', of: (value) => String(numberValue('cpu', value)) }],
  ['image', { name: 'image', of: (value) => withoutScheme(textOf(value)) }],
  ['script', asGiven('script')],
  ['enable_gpu', asGiven('enable_gpu')],
  ['alpine', asGiven('alpine')],
  ['env_variables', { name: 'environment', of: (value) => ({ Variables: jsonOf(value) }) }],
  ['input', asGiven('input')],
  ['output', asGiven('output')],
  ['storage_providers', asGiven('storage_providers')],
  [
    'image_pull_secrets',
    { name: 'image_pull_secrets', of: (value) => jsonOf(Array.isArray(value) ? value : [value]) },
  ],
]);

function mebibytes(value: ToscaValue): string {
  return `${Math.floor(bytesOf(value) / 2 ** 20)}Mi`;
}

function saysNothing(value: ToscaValue | undefined): value is undefined | null | '' {
  return isBlank(value) || (Array.isArray(value) && value.length === 0) || (isMap(value) && value.size === 0);
}
