import type { AttributeSource, Evaluation } from '../functions/evaluate.js';
import { stepInto } from '../functions/make-evaluation.js';
import type { AttributeArguments } from '../topology/attribute-arguments.js';
import { hasAddressLists, readAttributeArguments } from '../topology/attribute-arguments.js';
import { rootOf } from '../topology/hosts.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { containerRoot } from '../translation/container-artifacts.js';
import { containerSystemName } from '../translation/container-names.js';
import { asNumber } from '../translation/value-kinds.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { readAnsibleOutput } from './ansible-output.js';
import { functionCredential, functionEndpoint } from './function-attributes.js';
import type { RunningInfrastructure, RunningVm } from './running-infrastructure.js';
import {
  containerEndpoints,
  interfaceAddress,
  loginCredential,
  privateAddress,
  publicAddress,
  tlsCertificates,
} from './vm-facts.js';

const portRoot = 'tosca.nodes.network.Port';

/** Answers `get_attribute` with the facts of the VMs (spec: tosca.md 7.1, 7.3); what is not there, or not yet, is null. */
export function runtimeAttributes(
  topology: Topology,
  infrastructure: RunningInfrastructure,
): AttributeSource {
  const facts = new InfrastructureFacts(infrastructure);
  const openPresets = new Set<ToscaValue>();
  return (args, owner, evaluation) => {
    const asked = readAttributeArguments(args, owner, topology);
    if (asked === null) {
      return null;
    }
    if (asked.preset === undefined) {
      return asked.keys.reduce<ToscaValue>(stepInto, facts.attribute(asked, evaluation));
    }
    if (openPresets.has(asked.preset)) {
      return null;
    }
    openPresets.add(asked.preset);
    try {
      const value = evaluation.evaluate(asked.preset, { kind: 'node', node: asked.node });
      return asked.keys.reduce<ToscaValue>(stepInto, elementOf(value, asked.index));
    } finally {
      openPresets.delete(asked.preset);
    }
  };
}

class InfrastructureFacts {
  private readonly vmsBySystem = new Map<string, RunningVm[]>();
  private readonly ansibleOutputs = new Map<RunningVm, ToscaMap>();

  constructor(private readonly infrastructure: RunningInfrastructure) {
    for (const vm of infrastructure.vms) {
      const vms = this.vmsBySystem.get(vm.system);
      if (vms === undefined) {
        this.vmsBySystem.set(vm.system, [vm]);
      } else {
        vms.push(vm);
      }
    }
  }

  attribute(asked: AttributeArguments, evaluation: Evaluation): ToscaValue {
    const vms = this.vmsOf(rootOf(asked.node) === containerRoot ? asked.node : asked.host);
    const [first] = vms;
    const read = attributes.get(asked.attribute);
    if (first === undefined || read === undefined) {
      return null;
    }
    const meant = vms[asked.index ?? 0];
    const ansibleOutput = (vm: RunningVm): ToscaMap => this.ansibleOutputOf(vm);
    return read({ ...asked, vms, first, meant, evaluation, ansibleOutput });
  }

  /** A log is read once, however many outputs tell of it. */
  private ansibleOutputOf(vm: RunningVm): ToscaMap {
    const known = this.ansibleOutputs.get(vm) ?? readAnsibleOutput(vm.log);
    this.ansibleOutputs.set(vm, known);
    return known;
  }

  private vmsOf(host: NodeTemplate): readonly RunningVm[] {
    return rootOf(host) === containerRoot
      ? this.vmsOfContainer(host.name)
      : (this.vmsBySystem.get(host.name) ?? []);
  }

  /** Also those of a server that gave a container another end of its name each time. */
  private vmsOfContainer(name: string): readonly RunningVm[] {
    const { containerId } = this.infrastructure;
    const vms = this.vmsBySystem.get(containerSystemName(name, containerId));
    if (vms !== undefined) {
      return vms;
    }
    const start = containerSystemName(name, '');
    const known = [...this.vmsBySystem.keys()].find(
      (system) => system.startsWith(start) && /^[^-]{8}$/.test(system.slice(start.length)),
    );
    return known === undefined ? [] : (this.vmsBySystem.get(known) ?? []);
  }
}

/** What is asked, and of which VMs. */
interface Question extends AttributeArguments {
  vms: readonly RunningVm[];
  first: RunningVm;
  /** The VM at the index, the first without one. */
  meant: RunningVm | undefined;
  evaluation: Evaluation;
  ansibleOutput: (vm: RunningVm) => ToscaMap;
}

type AttributeReader = (question: Question) => ToscaValue;

const isFunction = ({ node }: Question): boolean => rootOf(node) === 'tosca.nodes.aisprint.FaaS.Function';

/** Attributes that are known at run time (spec: tosca.md 7.3). */
const attributes: ReadonlyMap<string, AttributeReader> = new Map<string, AttributeReader>([
  ['tosca_id', ({ meant }) => meant?.cloudId ?? null],
  ['tosca_name', ({ node }) => node.name],
  ['private_address', listOrOne(privateAddress)],
  ['public_address', listOrOne(publicAddress)],
  ['ip_address', ({ node, meant }) => (meant === undefined ? null : addressOf(node, meant))],
  ['tls_certificates', ({ meant }) => (meant === undefined ? null : tlsCertificates(meant))],
  ['endpoints', endpoints],
  [
    'endpoint',
    (asked) => (isFunction(asked) ? functionEndpoint(asked.node, asked.first, asked.evaluation) : null),
  ],
  ['credential', credential],
  ['ctxt_log', ofComputeLog(({ log }) => log)],
  ['ansible_output', ofComputeLog((vm, { ansibleOutput }) => ansibleOutput(vm))],
]);

/** Of all VMs for nodes whose attributes are lists, else of the VM that is meant (spec: tosca.md 7.1). */
function listOrOne(fact: (vm: RunningVm) => ToscaValue): AttributeReader {
  return ({ host, index, vms, meant }) =>
    index === undefined && hasAddressLists(host) ? vms.map(fact) : meant === undefined ? null : fact(meant);
}

/** Logs are told of the same nodes whose attributes are lists. */
function ofComputeLog(fact: (vm: RunningVm, question: Question) => ToscaValue): AttributeReader {
  return (question) =>
    hasAddressLists(question.host) && question.meant !== undefined ? fact(question.meant, question) : null;
}

function endpoints({ node, first, index }: Question): ToscaValue {
  return rootOf(node) === containerRoot ? elementOf(containerEndpoints(first), index) : null;
}

function credential(question: Question): ToscaValue {
  const { node, host, first, evaluation } = question;
  if (isFunction(question)) {
    return functionCredential(node, first, evaluation);
  }
  return hasAddressLists(host) ? listOrOne(loginCredential)(question) : null;
}

function elementOf(value: ToscaValue, index: number | undefined): ToscaValue {
  return index === undefined ? value : stepInto(value, index);
}

/** Of a Port that of its interface; else the public address, else the private one. */
function addressOf(node: NodeTemplate, vm: RunningVm): string | null {
  return rootOf(node) === portRoot
    ? interfaceAddress(vm, asNumber(node.properties.get('order')) ?? 0)
    : (publicAddress(vm) ?? privateAddress(vm));
}
