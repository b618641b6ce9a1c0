import type { Evaluation } from '../functions/evaluate.js';
import type { NodeTemplate } from '../topology/topology.js';
import { oscarDnsUrl, oscarHostOf, oscarPassword, oscarUser } from '../translation/oscar-host.js';
import type { ToscaMap } from '../yaml/values.js';
import type { RunningVm } from './running-infrastructure.js';
import { featureOf, privateAddress, publicAddress } from './vm-facts.js';

/**
 * URL where a function answers (spec: tosca.md 7.3): of Lambda its own, of a deployed OSCAR its DNS name or address, else that of the cloud.
 * @param vm of the function, or of the OSCAR that it was put on
 */
export function functionEndpoint(node: NodeTemplate, vm: RunningVm, evaluation: Evaluation): string | null {
  const oscar = oscarHostOf(node, evaluation);
  if (oscar !== undefined) {
    const address = publicAddress(vm) ?? privateAddress(vm);
    return oscarDnsUrl(oscar, evaluation) ?? (address === null ? null : `http://${address}`);
  }
  const isLambda =
    featureOf(vm, 'provider.type')?.toLowerCase() === 'lambda' || featureOf(vm, 'function.arn') !== null;
  return isLambda ? featureOf(vm, 'function.api_url') : (vm.cloud?.url ?? null);
}

/** How to call a function: `{user, token_type, token}` (spec: tosca.md 7.3); null when it is not known. */
export function functionCredential(
  node: NodeTemplate,
  vm: RunningVm,
  evaluation: Evaluation,
): ToscaMap | null {
  const oscar = oscarHostOf(node, evaluation);
  if (oscar !== undefined) {
    return credential(oscarUser, 'password', oscarPassword(oscar, evaluation));
  }
  const { username, password, token } = vm.cloud ?? {};
  if (username !== undefined && password !== undefined) {
    return credential(username, 'password', password);
  }
  return token === undefined ? null : credential('', 'bearer', token);
}

function credential(user: string, type: string, token: string): ToscaMap {
  return new Map([
    ['user', user],
    ['token_type', type],
    ['token', token],
  ]);
}
