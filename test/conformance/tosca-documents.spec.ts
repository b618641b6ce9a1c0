import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkRadl, parseRadl, printRadlJson } from '@im/radl';
import type { ExistingVm, Json, ReadOptions, ToscaFiles, ToscaMap } from '@im/tosca';
import {
  evaluateOutputs,
  FileUnavailable,
  jsonOf,
  mergeToscaDocuments,
  outportsText,
  outputsJson,
  readTopology,
  readToscaYaml,
  sizeInBytes,
  ToscaError,
  TypeCache,
  topologyOf,
  translate,
  valueOfJson,
} from '@im/tosca';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

// Run alone: npx vitest run --project system test/conformance/tosca-documents.spec.ts

const documents = fileURLToPath(new URL('../../../shared/conformance/documents/', import.meta.url));
const present = existsSync(documents);
const containerId = '0123abcd';

const given = z.object({
  vms: z
    .array(
      z.object({
        im_id: z.number(),
        system: z.string(),
        creation_date: z.number(),
        features: z.record(z.string(), z.string()).optional(),
      }),
    )
    .default([]),
  auth: z.array(z.object({ type: z.string(), token: z.string().optional() })).default([]),
  tosca_repo: z.string().optional(),
  stored: z.string().optional(),
  infrastructure: z
    .array(
      z.object({
        im_id: z.number(),
        cloud_id: z.string(),
        system: z.string(),
        cont_out: z.string().default(''),
        radl: z.string(),
      }),
    )
    .optional(),
});

type Given = z.infer<typeof given>;

const anyJson = z.json();

const expectedAnswer = z.object({
  remove: z.array(z.number()).optional(),
  radl: z.array(z.record(z.string(), anyJson)).optional(),
  kept: anyJson.optional(),
  outputs: z.record(z.string(), anyJson).optional(),
});

const expectedError = z.object({ phase: z.string(), category: z.string(), message: z.string().optional() });

function text(file: string): string {
  return readFileSync(`${documents}${file}`, 'utf8');
}

function json(file: string): unknown {
  return JSON.parse(text(file));
}

/** The addresses the cases fetch, from the fixtures; everything else is not there. */
const files: ToscaFiles = {
  read: async (url) => {
    const file = fixtureOf(url);
    if (file === undefined || !existsSync(`${documents}tosca/fixtures/${file}`)) {
      throw new FileUnavailable(url, 'Not Found');
    }
    return text(`tosca/fixtures/${file}`);
  },
};

function fixtureOf(url: string): string | undefined {
  if (url === 'https://templates.example.org/simple.yml') {
    return 'repo-simple.yml';
  }
  const [, host, path] = /^https:\/\/(types|artifacts)\.example\.org\/([\w.-]+)$/.exec(url) ?? [];
  return path === undefined ? undefined : host === 'types' ? path : `artifacts/${path}`;
}

function optionsOf(case_: Given): ReadOptions {
  return {
    files,
    cache: new TypeCache(),
    inputs: {
      accessToken: case_.auth.find((line) => line.type === 'InfrastructureManager')?.token,
      earlier: new Map(),
      random: (length) => 'aB3'.repeat(length).slice(0, length),
    },
    ...(case_.tosca_repo === undefined ? {} : { templateRepository: case_.tosca_repo }),
  };
}

function givenOf(name: string): Given {
  const file = `tosca/${name}.given.json`;
  return given.parse(existsSync(documents + file) ? json(file) : {});
}

async function read(name: string, case_: Given) {
  const sent = await readTopology(text(`tosca/${name}.yaml`), optionsOf(case_));
  if (case_.stored === undefined) {
    return sent;
  }
  const stored = readToscaYaml(text(`tosca/${case_.stored}`));
  return topologyOf(mergeToscaDocuments(stored, sent.topology.document), optionsOf(case_));
}

function existing(case_: Given): ExistingVm[] {
  return case_.vms.map((vm) => ({
    id: vm.im_id,
    system: vm.system,
    created: vm.creation_date,
    ...(vm.features?.['disk.0.image.url'] === undefined ? {} : { image: vm.features['disk.0.image.url'] }),
    ...(vm.features?.['net_interface.0.connection'] === undefined
      ? {}
      : { networks: [vm.features['net_interface.0.connection']] }),
  }));
}

const casesWith = (ending: string): string[] =>
  present
    ? readdirSync(`${documents}tosca`)
        .filter((file) => file.endsWith('.yaml') && existsSync(documents + caseFile(file, ending)))
        .map((file) => file.slice(0, -'.yaml'.length))
    : [];

function caseFile(file: string, ending: string): string {
  return `tosca/${file.slice(0, -'.yaml'.length)}${ending}`;
}

/** RADL JSON with recipes as data and placeholders, in the order in which the cases may be compared. */
function comparable(parts: Record<string, unknown>[]): unknown {
  const keyed = parts.map((part) => ({ key: JSON.stringify([part['class'], part['id']]), part }));
  const ordered = keyed.filter(({ part }) => part['class'] === 'deploy').map(({ part }) => part);
  const others = keyed
    .filter(({ part }) => part['class'] !== 'deploy')
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ part }) => withSortedLists(part));
  return withPlaceholders({ ordered, others });
}

function withSortedLists(part: Record<string, unknown>): Record<string, unknown> {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value
          .map((member: unknown) => member)
          .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : value;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === 'items' || key === 'disk.0.applications' ? sorted(value) : value,
    ]),
  );
}

function withPlaceholders(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(containerId, '<id8>');
  return JSON.parse(text, (key, member: unknown): unknown =>
    key === 'oscar_service_json' && typeof member === 'string' ? JSON.parse(member) : member,
  );
}

function radlParts(radl: Parameters<typeof printRadlJson>[0]): Record<string, unknown>[] {
  const parts = z.array(z.record(z.string(), anyJson)).parse(JSON.parse(JSON.stringify(printRadlJson(radl))));
  return parts.map((part) => {
    const { recipes, ...rest } = part;
    return typeof recipes === 'string'
      ? { ...rest, recipes_yaml: anyJson.parse(parse(recipes, { version: '1.1' })) }
      : part;
  });
}

/** Replaces what `<random:N>` stands for, after a look at its form. */
function withRandoms(expected: unknown, actual: unknown): unknown {
  if (typeof expected === 'string' && typeof actual === 'string') {
    const pattern = expected
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/<random:(\d+)>/g, (_whole, length) => `[A-Za-z0-9]{${String(length)}}`);
    return expected.includes('<random:') && new RegExp(`^${pattern}$`).test(actual) ? actual : expected;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return expected.map((member: unknown, index) => withRandoms(member, actual[index]));
  }
  if (isObject(expected) && isObject(actual)) {
    return Object.fromEntries(
      Object.entries(expected).map(([key, member]) => [key, withRandoms(member, actual[key])]),
    );
  }
  return expected;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function errorOf(work: () => Promise<unknown>): Promise<ToscaError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ToscaError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

describe.skipIf(!present)('TOSCA document conformance (needs ../shared/conformance)', () => {
  it.each(casesWith('.json').filter((name) => !name.startsWith('outputs-')))('tosca/%s', async (name) => {
    const case_ = givenOf(name);
    const expected = expectedAnswer.parse(json(`tosca/${name}.json`));
    const { topology } = await read(name, case_);

    const { radl, remove } = await translate({ topology, existing: existing(case_), containerId }, files);

    const actual = comparable(radlParts(radl));
    expect(actual).toEqual(withRandoms(comparable(expected.radl ?? []), actual));
    expect(remove).toEqual(expected.remove);
    expect(() => checkRadl(radl)).not.toThrow();
    if (expected.kept !== undefined) {
      expect(jsonOf(topology.document)).toEqual(expected.kept);
    }
  });

  it.each(casesWith('.json').filter((name) => name.startsWith('outputs-')))('tosca/%s', async (name) => {
    const case_ = givenOf(name);
    const expected = expectedAnswer.parse(json(`tosca/${name}.json`));
    const { topology } = await read(name, case_);

    const outputs = evaluateOutputs(topology, {
      containerId,
      vms: (case_.infrastructure ?? []).map((vm) => {
        const system = vm.system.replace('<id8>', containerId);
        return {
          number: vm.im_id,
          cloudId: vm.cloud_id,
          system,
          radl: parseRadl(vm.radl.replaceAll('SYSTEM', system)),
          log: vm.cont_out,
        };
      }),
    });

    expect(withPlaceholders(outputsJson(outputs).outputs)).toEqual(expected.outputs);
    expect(outputs.warnings).toEqual([]);
  });

  it.each(casesWith('.error.json'))('tosca/%s', async (name) => {
    const case_ = givenOf(name);
    const expected = expectedError.parse(json(`tosca/${name}.error.json`));

    const error = await errorOf(async () => {
      const { topology } = await read(name, case_);
      await translate({ topology, existing: existing(case_), containerId }, files);
    });

    expect({ phase: error.phase, category: error.category }).toEqual({
      phase: expected.phase,
      category: expected.category,
    });
    expect(error.message).toContain(expected.message ?? '');
  });
});

function rows<Row>(name: string, row: z.ZodType<Row>): Row[] {
  return present ? z.object({ rows: z.array(row) }).parse(json(`tables/${name}.json`)).rows : [];
}

const mergeRow = z.object({ stored: anyJson, sent: anyJson, merged: anyJson });

function mapOf(value: Json): ToscaMap {
  const map = valueOfJson(value);
  if (!(map instanceof Map)) {
    throw new Error('The row holds no map.');
  }
  return map;
}

describe.skipIf(!present)('TOSCA tables', () => {
  it.each(rows('tosca-merge', mergeRow))('merge $sent into $stored', ({ stored, sent, merged }) => {
    const before = mapOf(stored);

    expect(jsonOf(mergeToscaDocuments(before, mapOf(sent)))).toEqual(merged);
    expect(jsonOf(before)).toEqual(stored);
  });

  it.each(
    rows(
      'tosca-sizes',
      z.object({ size: z.string(), bytes: z.number().optional(), error: z.boolean().optional() }),
    ),
  )('size $size', ({ size, bytes }) => {
    if (bytes === undefined) {
      expect(() => sizeInBytes(size)).toThrow(ToscaError);
    } else {
      expect(sizeInBytes(size)).toBe(bytes);
    }
  });

  it.each(
    rows(
      'tosca-ports',
      z.object({
        ports: z.array(anyJson),
        same_port_if_one_is_missing: z.boolean(),
        outports: z.string().optional(),
        error: z.string().optional(),
      }),
    ),
  )('ports $ports', ({ ports, same_port_if_one_is_missing: samePort, outports, error }) => {
    const text = () => outportsText(ports.map(mapOf), { samePort });

    if (error === undefined) {
      expect(text()).toBe(outports);
    } else {
      expect(text).toThrow(error);
    }
  });
});
