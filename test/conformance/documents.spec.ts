import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Radl } from '@im/radl';
import {
  checkRadl,
  chooseFreeCidr,
  concreteSystem,
  convertUnit,
  dnsRecordOf,
  featuresJson,
  parseOutports,
  parseRadl,
  parseRadlJson,
  printRadl,
  printRadlJson,
  RadlError,
  splitHostName,
  unitFactor,
} from '@im/radl';
import { describe, expect, it } from 'vitest';

const documents = fileURLToPath(new URL('../../../shared/conformance/documents/', import.meta.url));
const present = existsSync(documents);

/** Has an item with a step and a tool, which plain RADL refuses (radl/bad-contextualize-step-and-tool). */
const onlyInJson = new Set(['radl-json/contextualize']);

function read(file: string): string {
  return readFileSync(documents + file, 'utf8');
}

function casesIn(folder: string, ending: string): string[] {
  return present
    ? readdirSync(documents + folder)
        .filter((file) => file.endsWith(ending))
        .map((file) => file.slice(0, -ending.length))
    : [];
}

/** Recipes gain a newline at each end when printed text is read again; the suite compares them trimmed. */
function withTrimmedRecipes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      key === 'recipes' && typeof member === 'string' ? member.trim() : member,
    ),
  );
}

function parsed(folder: string, name: string): Radl {
  return folder === 'radl'
    ? parseRadl(read(`radl/${name}.radl`))
    : parseRadlJson(read(`radl-json/${name}.in.json`));
}

function errorOf(work: () => unknown): RadlError {
  try {
    work();
  } catch (error) {
    if (error instanceof RadlError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

describe.skipIf(!present)('document conformance (needs ../shared/conformance)', () => {
  for (const [folder, ending] of [
    ['radl', '.radl'],
    ['radl-json', '.in.json'],
  ] as const) {
    const names = casesIn(folder, ending);

    it.each(names.filter((name) => !name.startsWith('bad-')))(`${folder}/%s`, (name) => {
      const radl = parsed(folder, name);

      expect(printRadlJson(radl)).toEqual(JSON.parse(read(`${folder}/${name}.json`)));
      expect(printRadl(radl)).toBe(read(`${folder}/${name}.printed.txt`));
      expect(() => checkRadl(radl)).not.toThrow();
      if (onlyInJson.has(`${folder}/${name}`)) {
        return;
      }
      expect(withTrimmedRecipes(printRadlJson(parseRadl(printRadl(radl))))).toEqual(
        withTrimmedRecipes(printRadlJson(radl)),
      );
    });

    it.each(names.filter((name) => name.startsWith('bad-')))(`${folder}/%s`, (name) => {
      const expected = JSON.parse(read(`${folder}/${name}.error.json`)) as {
        phase: string;
        category: string;
        line?: number | null;
        message?: string;
      };

      const error = errorOf(() => checkRadl(parsed(folder, name)));

      expect({ phase: error.phase, category: error.category }).toEqual({
        phase: expected.phase,
        category: expected.category,
      });
      expect(error.message).toContain(expected.message ?? '');
      if (typeof expected.line === 'number') {
        expect(error.line).toBe(expected.line);
      }
    });
  }
});

interface Table<Row> {
  rows: Row[];
}

function rows<Row>(name: string): Row[] {
  return present ? (JSON.parse(read(`tables/${name}.json`)) as Table<Row>).rows : [];
}

function system(features: string): Radl['systems'][number] {
  const [first] = parseRadl(`system s (${features})`).systems;
  if (first === undefined) {
    throw new Error('no system');
  }
  return first;
}

describe.skipIf(!present)('tables of small functions (needs ../shared/conformance)', () => {
  it.each(rows<{ outports: string; ports?: object[]; error?: unknown }>('outports'))(
    'outports $outports',
    (row) => {
      if (row.ports === undefined) {
        expect(() => parseOutports(row.outports)).toThrow(RadlError);
        return;
      }
      const ports = parseOutports(row.outports).map(({ remoteCidr, ...port }) => ({
        ...port,
        remote_cidr: remoteCidr,
      }));
      expect(ports).toEqual(row.ports);
    },
  );

  it.each(rows<{ unit: string; factor: number }>('units'))('unit $unit', (row) => {
    expect(unitFactor(row.unit)).toBe(row.factor);
  });

  it.each(rows<{ value: number; unit: string; to: string | null; result: number }>('unit-conversion'))(
    '$value $unit in $to',
    (row) => {
      expect(convertUnit(row.value, !Number.isInteger(row.value), row.unit, row.to ?? undefined)).toBe(
        row.result,
      );
    },
  );

  it.each(
    rows<{ system: string; other?: string; result?: object; score?: number; error?: string }>(
      'soft-features',
    ),
  )('soft features of $system', (row) => {
    const make = () =>
      concreteSystem(system(row.system), row.other === undefined ? undefined : system(row.other));
    if (row.error !== undefined) {
      expect(make).toThrow(row.error);
      return;
    }
    const made = make();
    expect(featuresJson(made.system.features)).toEqual(row.result);
    expect(made.score).toBe(row.score);
  });

  it.each(
    rows<{
      first: string;
      second: string;
      conflict: 'error' | 'me' | 'other' | 'ignore';
      missing: 'error' | 'me' | 'other' | 'ignore';
      result?: object;
      error?: true;
    }>('apply-features'),
  )('$second applied to $first ($conflict, $missing)', (row) => {
    const { features } = system(row.first);
    const apply = () => features.apply(system(row.second).features, row);
    if (row.error === true) {
      expect(apply).toThrow(RadlError);
      return;
    }
    apply();
    expect(featuresJson(features)).toEqual(row.result);
  });

  it.each(rows<{ name: string; num: number; hostname: string; domain: string | null }>('dns-template-names'))(
    'host name $name',
    (row) => {
      expect(splitHostName(row.name, row.num)).toEqual({ hostname: row.hostname, domain: row.domain });
    },
  );

  it.each(rows<{ name: string; hostname: string | null; domain: string | null }>('dns-host-and-domain'))(
    'DNS record $name',
    (row) => {
      expect(dnsRecordOf(row.name) ?? { hostname: null, domain: null }).toEqual({
        hostname: row.hostname,
        domain: row.domain,
      });
    },
  );

  it.each(rows<{ cidr: string; used: string[]; result: string | null }>('free-cidr'))(
    'free network in $cidr',
    (row) => {
      expect(chooseFreeCidr(row.cidr, row.used)).toBe(row.result);
    },
  );
});
