import type { Radl } from '@im/radl';
import type { Evaluation } from '../functions/evaluate.js';
import type { Topology } from '../topology/topology.js';

/** A VM of the infrastructure that a document is translated for. */
export interface ExistingVm {
  /** Number of the VM in its infrastructure. */
  id: number;
  /** Name of the system it was asked with. */
  system: string;
  /** When it was made, in any unit that orders. */
  created: number;
  /** URL of the image it was asked with (`disk.0.image.url`), for the split of private networks (spec: tosca.md 6.10). */
  image?: string;
  /** Network ids of its interfaces, in order. */
  networks?: readonly string[];
}

/** What a document is translated against. */
export interface TranslationInput {
  topology: Topology;
  existing: readonly ExistingVm[];
  /** 8 characters that end the system names of containers, the same for the whole life of an infrastructure (spec: tosca.md 6.7). */
  containerId: string;
}

/** What becomes of a document. */
export interface Translation {
  radl: Radl;
  /** Numbers of the VMs to remove, in order (spec: tosca.md 9). */
  remove: number[];
  /** Sentences about what was left out, for the log and a dry run. */
  warnings: string[];
}

/** One translation under way: what its parts read and what they add to. */
export interface TranslationContext extends TranslationInput {
  /** Answers functions; `get_attribute` with Ansible expressions (spec: tosca.md 7.2). */
  evaluation: Evaluation;
  /** Texts of the files that the document names, by URL; read before the translation begins. */
  files: ReadonlyMap<string, string>;
  /** Grows. */
  radl: Radl;
  /** Grows. */
  remove: number[];
  /** Grows. */
  warnings: string[];
}
