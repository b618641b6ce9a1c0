import { randomInt } from 'node:crypto';
import type { KeptTosca } from '@im/domain';
import { serializeRadl } from '@im/radl';
import type { ExistingVm, ReadOptions, Topology, ToscaFiles, ToscaMap, TypeCache } from '@im/tosca';
import {
  mergeToscaDocuments,
  printToscaDocument,
  readTopology,
  readToscaYaml,
  ToscaError,
  tokenInputs,
  topologyOf,
  translate,
  withoutRemovalLists,
} from '@im/tosca';
import { FilesWithSpare, RecordedFiles } from './kept-imports.js';

/** A sent document that is to be translated; plain data, so that a thread can do it. */
export interface TranslationRequest {
  text: string;
  /** Token of the user, for inputs with `access_token()`. */
  accessToken: string | undefined;
  /** Ends the system names of containers when the infrastructure has none yet. */
  containerId: string;
  /** Address that templates must come from; empty: anywhere. */
  templateRepository: string;
  /** The infrastructure that it changes (spec: tosca.md 9); undefined for a new one. */
  changes?: { stored: KeptTosca | null; vms: readonly ExistingVm[] };
}

/** What became of a sent document; plain data. */
export type TranslationOutcome =
  | {
      /** By `serializeRadl`. */
      radl: string;
      /** Numbers of the VMs to remove. */
      remove: readonly number[];
      tosca: KeptTosca;
      warnings: readonly string[];
    }
  /** Why it cannot be used: a text for its author. */
  | { refused: string };

/** How documents are read: where their files come from, and which types are known already. */
export interface ReadingTools {
  files: ToscaFiles;
  cache: TypeCache;
}

/** Reads, checks and translates a sent document, for a new infrastructure or merged into what one has (spec: tosca.md 1, 9, 10). */
export async function translateDocument(
  request: TranslationRequest,
  tools: ReadingTools,
): Promise<TranslationOutcome> {
  try {
    return await translated(request, tools);
  } catch (error) {
    if (error instanceof ToscaError) {
      return { refused: error.message };
    }
    throw error;
  }
}

async function translated(request: TranslationRequest, tools: ReadingTools): Promise<TranslationOutcome> {
  const { changes } = request;
  const stored = changes?.stored ?? null;
  const files = new RecordedFiles(new FilesWithSpare(tools.files, stored?.imports));
  const options = readOptions(request, stored?.generatedInputs ?? {}, { ...tools, files });
  const sent = await readTopology(request.text, options);
  const read =
    stored === null ? sent : await topologyOf(mergedDocument(stored, sent.topology.document), options);
  const imports = files.packed();
  const containerId = stored?.containerId ?? request.containerId;
  const { radl, remove, warnings } = await translate(
    { topology: read.topology, existing: changes?.vms ?? [], containerId },
    tools.files,
  );
  return {
    radl: serializeRadl(radl),
    remove,
    warnings,
    tosca: {
      document: printToscaDocument(read.topology.document),
      containerId,
      generatedInputs: keptInputs(read.topology, read.generatedInputs),
      ...(imports === undefined ? {} : { imports }),
    },
  };
}

/**
 * How the document of an infrastructure is read.
 * @param earlier values that were made for its inputs before
 */
export function readOptions(
  request: Pick<TranslationRequest, 'accessToken' | 'templateRepository'>,
  earlier: Readonly<Record<string, string>>,
  { files, cache }: ReadingTools,
): ReadOptions {
  const { accessToken, templateRepository } = request;
  return {
    files,
    cache,
    inputs: { accessToken, earlier: new Map(Object.entries(earlier)), random },
    ...(templateRepository === '' ? {} : { templateRepository }),
  };
}

function mergedDocument(stored: KeptTosca, sent: ToscaMap): ToscaMap {
  return mergeToscaDocuments(withoutRemovalLists(readToscaYaml(stored.document)), sent);
}

/** Values that are kept with the document: a token never is. */
function keptInputs(
  topology: Topology,
  generatedInputs: ReadonlyMap<string, string>,
): Record<string, string> {
  const tokens = new Set(tokenInputs(topology.document));
  return Object.fromEntries([...generatedInputs].filter(([name]) => !tokens.has(name)));
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function random(length: number): string {
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');
}
