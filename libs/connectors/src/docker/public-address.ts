import type { CloudInfo } from '@im/domain';
import { CloudError } from '@im/domain';
import type { ConnectorEnvironment } from '../connector-options.js';
import { addressOfThisHost } from '../provider-address.js';

/**
 * Address under which published ports of an engine are reached: that of its server. An engine on this host is named by a socket or by
 * loopback, which other machines cannot use: for it the configured address counts, else the first one of this host.
 */
export async function publicAddress(
  cloud: CloudInfo,
  environment: ConnectorEnvironment,
  signal: AbortSignal,
): Promise<string> {
  const { addresses, options } = environment;
  const resolved = cloud.protocol === 'unix' ? [] : await addresses.resolve(cloud.server, signal);
  const [first] = resolved;
  if (first !== undefined && !addresses.isLocal(first)) {
    return first;
  }
  if (options.dockerPublicAddress !== '') {
    return options.dockerPublicAddress;
  }
  const own = addressOfThisHost();
  if (own === undefined && cloud.protocol !== 'unix' && first === undefined) {
    throw new CloudError('Unavailable', `The name ${cloud.server} cannot be resolved.`);
  }
  return own ?? '127.0.0.1';
}
