import { describe, expect, it } from 'vitest';
import type { RawEntry } from './config-file.js';
import { interpolate, mergeSections, parseConfigFile } from './config-file.js';

function valueOf(content: string, name: string, section = 'im'): string | undefined {
  return parseConfigFile(content, 'im.cfg').get(section)?.get(name)?.value;
}

describe('parseConfigFile', () => {
  it('takes = and : and trims blanks around name and value', () => {
    expect(valueOf('[im]\nREST_PORT  :  9000 \n', 'rest_port')).toBe('9000');
    expect(valueOf('[im]\r\nrest_port=9000\r\n', 'rest_port')).toBe('9000');
  });

  it('cuts at the first separator only', () => {
    expect(valueOf('[im]\nDATA_DB = mysql://u:p@h/db?a=b', 'data_db')).toBe('mysql://u:p@h/db?a=b');
  });

  it('knows whole-line comments and no inline ones', () => {
    expect(valueOf('[im]\n# X = 1\n  ; Y = 2\nX = 1 ; note\n', 'x')).toBe('1 ; note');
    expect(valueOf('[im]\n# X = 1\n', 'x')).toBeUndefined();
  });

  it('joins lines that are indented more than the name', () => {
    const content =
      '[im]\nADMIN_USER = [{"username": "a",\n  # a comment inside\n  "password": "b"}]\nREST_PORT = 1\n';
    expect(valueOf(content, 'admin_user')).toBe('[{"username": "a",\n"password": "b"}]');
    expect(valueOf(content, 'rest_port')).toBe('1');
  });

  it('does not take an indented first option for a continuation', () => {
    expect(valueOf('[im]\n  A = 1\n  B = 2\n', 'b')).toBe('2');
  });

  it('refuses an option given twice and names both lines', () => {
    expect(() => parseConfigFile('[im]\nA = 1\na = 2\n', 'im.cfg')).toThrow(
      'im.cfg, line 3 gives A a second time (first in im.cfg, line 2): keep one of them.',
    );
  });

  it('refuses a line that is no option and an option before any section', () => {
    expect(() => parseConfigFile('[im]\nnonsense\n', 'im.cfg')).toThrow('line 2 is neither');
    expect(() => parseConfigFile('A = 1\n', 'im.cfg')).toThrow('before any section');
  });
});

describe('mergeSections', () => {
  it('lets the later file win option by option', () => {
    const merged = mergeSections(
      parseConfigFile('[im]\nA = 1\nB = 1\n', 'a'),
      parseConfigFile('[im]\nB = 2\n', 'b'),
    );

    expect(merged.get('im')?.get('a')?.value).toBe('1');
    expect(merged.get('im')?.get('b')?.place).toBe('b, line 2');
  });
});

describe('interpolate', () => {
  const entry = (name: string, value: string): RawEntry => ({ name, value, place: 'im.cfg, line 1' });
  const visible = (...entries: RawEntry[]): Map<string, RawEntry> =>
    new Map(entries.map((one) => [one.name, one]));

  it('replaces references, also through one another, and %%', () => {
    const options = visible(entry('base', '/srv/%(name)s'), entry('name', 'im'));
    expect(interpolate(entry('x', '%(BASE)s/100%%'), options).value).toBe('/srv/im/100%');
  });

  it('takes a lone % as it is and says so', () => {
    expect(interpolate(entry('data_db', 'mysql://u:p%40q@h/d'), visible())).toMatchObject({
      value: 'mysql://u:p%40q@h/d',
      lonePercent: true,
    });
  });

  it('refuses unknown references and circles', () => {
    expect(() => interpolate(entry('x', '%(y)s'), visible())).toThrow('refers to %(y)s');
    const circle = entry('x', '%(x)s');
    expect(() => interpolate(circle, visible(circle))).toThrow('refers to itself');
  });
});
