import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRadl, printRadlJson, RadlError } from '@im/radl';
import type { ReadOptions, ToscaFiles } from '@im/tosca';
import {
  evaluateOutputs,
  FileUnavailable,
  jsonOf,
  outputsJson,
  readTopology,
  ToscaError,
  TypeCache,
  translate,
} from '@im/tosca';

export const publishedTypes = 'https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml';

const containerId = '0123abcd';

/** Files by address; every other address is not there. Files that the published types run are a playbook each. */
export function filesOf(texts: Readonly<Record<string, string>> = {}): ToscaFiles {
  return {
    read: async (url) => {
      const text = Object.hasOwn(texts, url)
        ? texts[url]
        : url.startsWith('https://raw.githubusercontent.com/grycap/tosca/main/artifacts/')
          ? '- hosts: all\n  tasks:\n    - debug: { msg: hello }\n'
          : undefined;
      if (text === undefined) {
        throw new FileUnavailable(url, 'Not Found');
      }
      return text;
    },
  };
}

/** What reading needs; everything that is random elsewhere is fixed. */
export function optionsWith(files: ToscaFiles, cache = new TypeCache()): ReadOptions {
  return {
    files,
    cache,
    inputs: { accessToken: 'token', earlier: new Map(), random: (length) => 'r'.repeat(length) },
  };
}

/** Two VMs of a system, of which outputs can be told. */
const running = {
  containerId,
  vms: [0, 1].map((number) => ({
    number,
    cloudId: `cloud-${number}`,
    system: 'server',
    radl: parseRadl(
      `network public (outbound = 'yes')
system server (net_interface.0.connection = 'public' and net_interface.0.ip = '8.8.8.${number + 1}' and
  disk.0.os.credentials.username = 'user' and disk.0.os.credentials.password = 'secret')`,
    ),
    log: 'Launch task: server_conf_server\nTASK [one] **\nok: [10.0.0.1] => {\n  "msg": "hello"\n}\n',
  })),
};

/** What became of a document: one text that holds everything a user can see of it. */
export interface Answer {
  /** Whether it was read and translated. */
  accepted: boolean;
  text: string;
}

/**
 * Reads and translates a document and evaluates its outputs.
 * @returns RADL, VMs to remove, warnings, outputs and kept document; or the message of the ToscaError or RadlError
 * @throws whatever is no error for the author of a document
 */
export async function answerTo(text: string, options: ReadOptions): Promise<Answer> {
  try {
    const { topology } = await readTopology(text, options);
    const before = JSON.stringify(jsonOf(topology.document));
    const { radl, remove, warnings } = await translate(
      { topology, existing: [{ id: 0, system: 'server', created: 1 }], containerId },
      options.files,
    );
    const outputs = evaluateOutputs(topology, running);
    const kept = JSON.stringify(jsonOf(topology.document));
    if (kept !== before) {
      throw new Error('The document was changed by its translation.');
    }
    return {
      accepted: true,
      text: JSON.stringify([
        printRadlJson(radl),
        remove,
        warnings,
        outputsJson(outputs),
        outputs.warnings,
        kept,
      ]),
    };
  } catch (error) {
    if (error instanceof ToscaError) {
      return { accepted: false, text: `${error.phase} ${error.category} ${error.message}` };
    }
    if (error instanceof RadlError) {
      return { accepted: false, text: error.message };
    }
    throw error;
  }
}

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const conformance = fileURLToPath(new URL('../../../shared/conformance/documents/tosca/', import.meta.url));

function documentsOf(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .sort()
        .map((name) => readFileSync(folder + name, 'utf8'))
    : [];
}

/** Every document at hand: the examples, and the conformance documents where they are present. */
export const knownDocuments: readonly string[] = [...documentsOf(examples), ...documentsOf(conformance)];

/** Files that the conformance documents import or run, by address. */
export const knownFiles: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['https://types.example.org/', 'fixtures/'],
    ['https://artifacts.example.org/', 'fixtures/artifacts/'],
  ].flatMap(([address = '', path = '']) => {
    const folder = conformance + path;
    return existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => [address + entry.name, readFileSync(folder + entry.name, 'utf8')] as const)
      : [];
  }),
);
