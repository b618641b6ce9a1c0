import type { Infrastructure } from './infrastructure.js';

/** What is kept of the TOSCA documents that an infrastructure was made from (spec: tosca.md 3, 9, 10). */
export interface KeptTosca {
  /** YAML, as `GET /infrastructures/{id}/tosca` shows it: all documents merged, special inputs as they were written. */
  document: string;
  /** Up to 8 letters and digits that end the system names of containers; the same for the whole life of the infrastructure. */
  containerId: string;
  /** Name of an input with the default `random(N)` -> the value made for it. Tokens are never kept. */
  generatedInputs: Record<string, string>;
  /**
   * Texts of what the document imports, packed by whoever read it, so that its outputs need no network later; absent when it is not known.
   * Not exported: an importer reads them again.
   */
  imports?: string;
}

/** What is kept when nothing but the document is known, e.g. of one that another implementation exported. */
export function keptOfDocument(infrastructureId: Infrastructure['id'], document: string): KeptTosca {
  return { document, containerId: containerIdOf(infrastructureId), generatedInputs: {} };
}

/** An imported infrastructure has whatever id it had, and not every character may be in the name of a system. */
function containerIdOf(infrastructureId: string): string {
  return infrastructureId.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 8);
}
