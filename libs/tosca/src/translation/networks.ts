import { FeatureSet } from '@im/radl';
import type { NodeTemplate } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import type { ToscaMap } from '../yaml/values.js';
import { isMap, textOf } from '../yaml/values.js';
import { addAspect, setOptionalText, setText, tokenTypeOf } from './features.js';
import { propertyOf } from './properties.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

/**
 * Adds the network that a Network node is (spec: tosca.md 6.6.1, last part).
 * @throws ToscaError `missing-field` for a proxy without user
 */
export function translateNetwork(node: NodeTemplate, context: TranslationContext): void {
  const { evaluation } = context;
  const features = new FeatureSet();
  if (textOf(propertyOf(node, 'network_type', evaluation)).toLowerCase() === 'public') {
    setText(features, 'outbound', 'yes');
  }
  setOptionalText(features, 'provider_id', propertyOf(node, 'network_name', evaluation));
  const cidr = propertyOf(node, 'cidr', evaluation);
  if (!isBlank(cidr)) {
    setText(features, 'cidr', textOf(cidr));
    setText(features, 'create', 'yes');
  }
  setOptionalText(features, 'router', propertyOf(node, 'gateway_ip', evaluation));
  const proxyHost = propertyOf(node, 'proxy_host', evaluation);
  if (!isBlank(proxyHost)) {
    const credential = propertyOf(node, 'proxy_credential', evaluation);
    setProxy(features, textOf(proxyHost), isMap(credential) ? credential : undefined, context.warnings);
  }
  addAspect(context.radl.networks, node.name, features);
}

/** SSH proxy through which the machines of a network are reached: `user[:password]@host`, and its private key. */
function setProxy(
  features: FeatureSet,
  host: string,
  credential: ToscaMap | undefined,
  warnings: string[],
): void {
  if (credential === undefined || credential.size === 0) {
    throw translationError('missing-field', "Property 'proxy_credential' must bet set if proxy_host is set.");
  }
  const user = credential.get('user');
  if (isBlank(user)) {
    throw translationError('missing-field', "Property 'user' must bet set in proxy_credential.");
  }
  const token = textOf(credential.get('token') ?? '');
  const type = tokenTypeOf(credential);
  if (type === 'private_key') {
    setText(features, 'proxy_host', `${textOf(user)}@${host}`);
    setText(features, 'proxy_key', token);
    return;
  }
  if (type !== 'password') {
    warnings.push(`Proxy credentials of the token type ${type} are not supported. Ignoring the token.`);
  }
  const secret = type === 'password' && token !== '' ? `:${token}` : '';
  setText(features, 'proxy_host', `${textOf(user)}${secret}@${host}`);
}
