import { describe, expect, it } from 'vitest';
import { ToscaError } from '../tosca-error.js';
import { readToscaYaml } from '../yaml/read-document.js';
import type { ToscaFiles } from './files.js';
import { FileUnavailable } from './files.js';
import { readImports } from './imports.js';
import { TypeCache } from './type-cache.js';

/** Files by address, and the addresses that were asked for. */
function filesOf(texts: Record<string, string>): ToscaFiles & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    read: async (url) => {
      asked.push(url);
      const text = texts[url];
      if (text === undefined) {
        throw new FileUnavailable(url, 'Not Found');
      }
      return text;
    },
  };
}

const read = (text: string, files: ToscaFiles) =>
  readImports(readToscaYaml(text), files, new TypeCache(), () => ({ line: 7, column: 1 }));

const typesNamed = (...names: string[]): string =>
  `node_types:\n${names.map((name) => `  ${name}: {derived_from: tosca.nodes.Root}\n`).join('')}`;

async function names(text: string, files: ToscaFiles): Promise<string[]> {
  const documents = await read(text, files);
  return documents.flatMap((document) => {
    const section = document.get('node_types');
    return section instanceof Map ? [...section.keys()] : [];
  });
}

async function problemOf(text: string, files: ToscaFiles): Promise<string> {
  const error = await read(text, files).catch((caught: unknown) => caught);
  if (!(error instanceof ToscaError)) {
    throw new Error('The imports were accepted.');
  }
  expect(error.category).toBe('import');
  return error.message;
}

describe('imports', () => {
  it('are read in every form', async () => {
    const files = filesOf({
      'https://a.example/x.yaml': typesNamed('a'),
      'https://a.example/y.yaml': typesNamed('b'),
      'https://repo.example/types/z.yaml': typesNamed('c'),
      'https://a.example/w.yaml': typesNamed('d'),
    });
    const text = `
repositories: {repo: {url: 'https://repo.example/types/'}}
imports:
  - https://a.example/x.yaml
  - named: https://a.example/y.yaml
  - long: {file: z.yaml, repository: repo}
  - file: https://a.example/w.yaml
`;

    expect(await names(text, files)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of imports count less than what imports them, and may be relative to it', async () => {
    const files = filesOf({
      'https://a.example/dir/top.yaml': `imports: [ deep.yaml ]\n${typesNamed('top')}`,
      'https://a.example/dir/deep.yaml': typesNamed('deep'),
    });

    expect(await names('imports: [ https://a.example/dir/top.yaml ]', files)).toEqual(['deep', 'top']);
  });

  it('that import each other come to an end', async () => {
    const files = filesOf({
      'https://a.example/1.yaml': `imports: [ 2.yaml ]\n${typesNamed('one')}`,
      'https://a.example/2.yaml': `imports: [ 1.yaml ]\n${typesNamed('two')}`,
    });

    expect(await names('imports: [ https://a.example/1.yaml ]', files)).toEqual(['two', 'one']);
  });

  it('that import ever more come to an end', async () => {
    const many = Array.from({ length: 9 }, (_unused, index) => `${index}`);
    const files: ToscaFiles = {
      read: async (url) => `imports: [ ${many.map((name) => `${url}/${name}`).join(', ')} ]`,
    };

    expect(await problemOf('imports: [ https://a.example/0 ]', files)).toContain('More than 100 documents');
  });

  it('get a prefix before the names of their types', async () => {
    const files = filesOf({ 'https://a.example/x.yaml': typesNamed('one') });
    const text = 'imports: [ x: {file: https://a.example/x.yaml, namespace_prefix: mine} ]';

    expect(await names(text, files)).toEqual(['mine.one']);
  });

  it('of the published types work without a network', async () => {
    const text = 'imports: [ https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml ]';

    expect(await names(text, filesOf({}))).toContain('tosca.nodes.indigo.Compute');
  });

  it.each([
    ['imports: [ types.yaml ]', 'Relative file name "types.yaml" cannot be used'],
    ['imports: [ /etc/passwd ]', 'Absolute file name "/etc/passwd" cannot be used'],
    ["imports: [ 'file:///etc/passwd' ]", 'Only addresses with http and https can be imported'],
    [
      'imports: [ https://a.example/no.yaml ]',
      'Failed to reach server "https://a.example/no.yaml". Reason is: Not Found.',
    ],
    [
      'imports: [ a: {repository: r, file: x.yaml} ]',
      'Repository "r" of the import "x.yaml" is not defined.',
    ],
    [
      'imports: [ {a: https://a.example/x}, {a: https://a.example/y} ]',
      'Duplicate import name "a" was found.',
    ],
    ['imports: [ 5 ]', 'An import needs a file: 5 has none.'],
    ['imports: [ https://a.example/bad.yaml ]', 'is not valid YAML'],
  ])('%s is refused with the line', async (text, message) => {
    const problem = await problemOf(text, filesOf({ 'https://a.example/bad.yaml': 'a: [' }));

    expect(problem).toContain(message);
    expect(problem).toContain('(line 7, column 1)');
  });
});

describe('the cache of types', () => {
  it('reads and resolves the same imports once', async () => {
    const cache = new TypeCache();
    const one = cache.document(typesNamed('one'));
    const two = cache.document(typesNamed('two'));

    expect(cache.document(typesNamed('one'))).toBe(one);
    expect(cache.library([one, two])).toBe(cache.library([one, two]));
    expect(cache.library([two, one])).not.toBe(cache.library([one, two]));
  });
});
