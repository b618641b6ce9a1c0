import type { AttributeSource, Evaluation } from '../functions/evaluate.js';
import { stepInto } from '../functions/make-evaluation.js';
import type { AttributeArguments } from '../topology/attribute-arguments.js';
import { hasAddressLists, readAttributeArguments } from '../topology/attribute-arguments.js';
import { rootOf } from '../topology/hosts.js';
import { translationError } from '../tosca-error.js';
import type { ToscaValue } from '../yaml/values.js';
import { containerEndpoints } from './container-endpoints.js';
import { hostFact, jinjaText } from './jinja.js';
import { oscarDnsUrl, oscarHostOf } from './oscar-host.js';
import { propertyOf } from './properties.js';
import { asNumber } from './value-kinds.js';

/**
 * Answers `get_attribute` while RADL is made: with Ansible expressions that give the value when the recipe runs (spec: tosca.md 7.2).
 * @param containerId end of the system names of containers
 */
export function ansibleAttributes(containerId: string): AttributeSource {
  const open = new Set<string>();
  return (args, owner, evaluation) => {
    const asked = readAttributeArguments(args, owner, evaluation.topology);
    if (asked === null) {
      return null;
    }
    const key = JSON.stringify([asked.node.name, asked.capability, asked.attribute]);
    if (open.has(key)) {
      throw translationError(
        'cycle',
        `Attribute "${asked.attribute}" of node template "${asked.node.name}" leads back to itself.`,
      );
    }
    open.add(key);
    try {
      return asked.preset === undefined
        ? expressionOf(asked, evaluation, containerId)
        : presetOf(asked, asked.preset, evaluation);
    } finally {
      open.delete(key);
    }
  };
}

function presetOf(
  { node, index, keys }: AttributeArguments,
  preset: ToscaValue,
  evaluation: Evaluation,
): ToscaValue {
  const steps = index === undefined ? keys : [index, ...keys];
  return steps.reduce<ToscaValue>(stepInto, evaluation.evaluate(preset, { kind: 'node', node }));
}

function expressionOf(asked: AttributeArguments, evaluation: Evaluation, containerId: string): ToscaValue {
  switch (asked.attribute) {
    case 'private_address':
      return address(asked, 'IM_NODE_PRIVATE_IP');
    case 'public_address':
      return address(asked, 'IM_NODE_PUBLIC_IP');
    case 'tosca_id':
      return oneFact(asked, 'IM_NODE_VMID');
    case 'tosca_name':
      return asked.node.name;
    case 'tls_certificates':
      return asked.capability === 'endpoint' ? certificates(asked) : null;
    case 'ip_address':
      return ipAddress(asked, evaluation);
    case 'endpoint':
      return functionEndpoint(asked, evaluation);
    case 'endpoints':
      return endpoints(asked, evaluation, containerId);
    default:
      return null;
  }
}

/** Whether the value is of the machine on which the recipe runs. */
function isOwn({ word }: AttributeArguments): boolean {
  return word === 'HOST' || word === 'SELF';
}

function oneFact(asked: AttributeArguments, fact: string): string {
  return `{{ ${isOwn(asked) ? fact : hostFact(asked.host.name, fact)} }}`;
}

function address(asked: AttributeArguments, fact: string): string {
  const { host, index } = asked;
  if (!hasAddressLists(host)) {
    return oneFact(asked, fact);
  }
  if (index !== undefined) {
    return `{{ ${hostFact(host.name, fact, index)} }}`;
  }
  const name = jinjaText(host.name);
  return `{{ groups[${name}]|map('extract', hostvars,'${fact}')|list if ${name} in groups else []}}`;
}

function certificates(asked: AttributeArguments): string {
  const fact = 'IM_NODE_TLS_CERTIFICATES';
  const keys = asked.keys.map((key) => `[${jinjaText(key)}]`).join('');
  return `{{ ${isOwn(asked) ? fact : hostFact(asked.host.name, fact)}${keys} }}`;
}

function ipAddress({ node, host, word }: AttributeArguments, evaluation: Evaluation): string {
  if (rootOf(node) === 'tosca.nodes.network.Port') {
    const order = asNumber(propertyOf(node, 'order', evaluation)) ?? 0;
    return `{{ ${hostFact(host.name, `IM_NODE_NET_${order}_IP`)} }}`;
  }
  if (word === 'HOST') {
    return '{{ IM_NODE_PUBLIC_IP }}';
  }
  const facts = `hostvars[groups[${jinjaText(host.name)}][0]]`;
  return (
    `{{ ${facts}['IM_NODE_PUBLIC_IP'] if 'IM_NODE_PUBLIC_IP' in ${facts} ` +
    `else ${facts}['IM_NODE_PRIVATE_IP']}}`
  );
}

/** URL of the OSCAR that runs a function: its DNS name, else its address. */
function functionEndpoint({ node }: AttributeArguments, evaluation: Evaluation): string | null {
  if (rootOf(node) !== 'tosca.nodes.aisprint.FaaS.Function') {
    return null;
  }
  const oscar = oscarHostOf(node, evaluation);
  if (oscar === undefined) {
    return null;
  }
  return (
    oscarDnsUrl(oscar, evaluation) ?? `http://{{ ${hostFact(oscar.compute.name, 'IM_NODE_PUBLIC_IP')} }}`
  );
}

function endpoints(
  { node, index }: AttributeArguments,
  evaluation: Evaluation,
  containerId: string,
): ToscaValue {
  if (rootOf(node) !== 'tosca.nodes.Container.Application') {
    return null;
  }
  const all = containerEndpoints(node, evaluation, containerId);
  return index === undefined ? all : (all[index] ?? null);
}
