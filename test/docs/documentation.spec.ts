import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { checkRadl, parseRadl, parseRadlJson, type Radl } from '@im/radl';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Every page of the project, by its path from the root. */
const pages = ['.', 'docs', 'examples', 'test/machines', 'test/user-needs', 'deploy']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => relative(root, join(root, folder, name))),
  );

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A page without its examples, whose brackets are no links. */
function prose(page: string): string {
  return textOf(page)
    .replace(/^```[\s\S]*?^```$/gmu, '')
    .replace(/^ {4}.*$/gmu, '')
    .replace(/`[^`\n]*`/gu, '');
}

/** Targets of the links and pictures of a page that stay inside of the project. */
function localLinks(page: string): string[] {
  return [...prose(page).matchAll(/\]\(\s*([^)\s]+)\s*\)/gu)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/iu.test(target));
}

/** Anchors of the headings of a page, made as GitHub makes them. */
function anchors(page: string): Set<string> {
  const headings = [...textOf(page).matchAll(/^#+ +(.*)$/gmu)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** The fenced blocks of a language with the line they begin at. */
function blocks(page: string, language: string): { line: number; text: string }[] {
  const text = textOf(page);
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gmu'))].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: match[1] ?? '',
  }));
}

/** @returns what is wrong with a document, null when a user could send it */
function problemOf(parse: () => Radl): string | null {
  try {
    checkRadl(parse());
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('pages', () => {
  it('link to files and headings that exist', () => {
    const broken = pages.flatMap((page) =>
      localLinks(page)
        .filter((target) => {
          const [path = '', anchor] = target.split('#');
          const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
          return (
            !existsSync(join(root, file)) ||
            (anchor !== undefined && !(file.endsWith('.md') && anchors(file).has(anchor)))
          );
        })
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const target of localLinks(page)) {
        const file = relative(root, resolve(root, dirname(page), target.split('#')[0] ?? ''));
        if (pages.includes(file)) {
          reached.add(file);
        }
      }
    }
    expect(pages.filter((page) => !reached.has(page) && !page.startsWith('test/'))).toEqual([]);
  });

  it('show RADL that parses and passes the check', () => {
    const documents = pages.flatMap((page) => blocks(page, 'radl').map((block) => ({ ...block, page })));
    expect(documents.length).toBeGreaterThan(5);
    const refused = documents.map(({ page, line, text }) => {
      const problem = problemOf(() => parseRadl(text));
      return problem === null ? [] : [`${page}, line ${line}: ${problem}`];
    });
    expect(refused.flat()).toEqual([]);
  });

  it('show RADL in JSON that parses and passes the check', () => {
    const documents = blocks('docs/radl.md', 'json');
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.map(({ text }) => problemOf(() => parseRadlJson(text)))).toEqual(
      documents.map(() => null),
    );
  });
});

describe('examples', () => {
  const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.radl'));

  it.each(names)('%s parses, passes the check and asks for machines', (name) => {
    const text = textOf(join('examples', name));
    expect(problemOf(() => parseRadl(text))).toBeNull();
    expect(parseRadl(text).deploys.length).toBeGreaterThan(0);
  });

  it('are all explained in their README', () => {
    const explained = textOf('examples/README.md');
    expect(names.filter((name) => !explained.includes(`(${name})`))).toEqual([]);
  });
});
