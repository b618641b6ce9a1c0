import type { ArtifactDefinition, OperationDefinition, Schema } from '../types/definitions.js';
import type { NodeType, ToscaType, TypeLibrary } from '../types/type-library.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';

/** A capability of a node template: one for every capability that its type declares. */
export interface Capability {
  name: string;
  /** Undefined when nobody defines the type (spec: tosca.md 2). */
  type: ToscaType | undefined;
  /** Given values and defaults, not evaluated. */
  properties: ToscaMap;
}

/** A node of the topology. */
export interface NodeTemplate {
  name: string;
  type: NodeType;
  /** Given values and defaults, not evaluated. */
  properties: ToscaMap;
  capabilities: ReadonlyMap<string, Capability>;
  /** Relationships of which this node is the source, in the order of its requirements. */
  requirements: Relationship[];
  /** Own artifacts; those of its type are found along the type. */
  artifacts: ReadonlyMap<string, ArtifactDefinition>;
  /** Own operations by interface. */
  interfaces: ReadonlyMap<string, ReadonlyMap<string, OperationDefinition>>;
  metadata: ToscaMap;
  /** What the document says. */
  template: ToscaMap;
}

/** A requirement of a node that has an effect: it leads to a target by a relationship (spec: tosca.md 2). */
export interface Relationship {
  /** Name of the relationship template, else the name of the type in lower case (spec: tosca.md 6.5). */
  name: string;
  /** Name of the requirement. */
  requirement: string;
  type: ToscaType;
  source: NodeTemplate;
  target: NodeTemplate;
  /** Given values and defaults, not evaluated. */
  properties: ToscaMap;
  /** Operations of the relationship template, or of the requirement itself. */
  interfaces: ReadonlyMap<string, ReadonlyMap<string, OperationDefinition>>;
}

/** A policy of the topology. */
export interface Policy {
  name: string;
  type: string;
  properties: ToscaMap;
  /** Names of the nodes it is about: its targets, or the members of its groups when a target is a group (spec: tosca.md 6.6). */
  nodes: readonly string[];
}

/** A declared input and its value. */
export interface Input {
  name: string;
  schema: Schema;
  /** The default of the document, or what was made for it (`random(N)`, `access_token()`); null when there is none. */
  value: ToscaValue;
}

/** A repository of the document. */
export interface Repository {
  name: string;
  url: string;
}

/** A document that was read and found valid. Nothing in it is ever changed. */
export interface Topology {
  /** The document with its imported template expanded, as it is kept (spec: tosca.md 10). */
  document: ToscaMap;
  library: TypeLibrary;
  inputs: ReadonlyMap<string, Input>;
  /** In the order of the document. */
  nodes: ReadonlyMap<string, NodeTemplate>;
  /** Of all nodes, in the order of the document. */
  relationships: readonly Relationship[];
  policies: readonly Policy[];
  repositories: ReadonlyMap<string, Repository>;
  /** Values of the outputs, not evaluated. */
  outputs: ReadonlyMap<string, ToscaValue>;
  metadata: ToscaMap;
}
