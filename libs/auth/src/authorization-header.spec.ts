import { ImError } from '@im/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthLines, parseAuthorizationHeader } from './authorization-header.js';

const im = 'type = InfrastructureManager; username = ana; password = secret';
const imItem = { type: 'InfrastructureManager', username: 'ana', password: 'secret' };

function refusal(header: string | undefined): ImError {
  try {
    parseAuthorizationHeader(header);
  } catch (error) {
    if (error instanceof ImError) {
      return error;
    }
    throw error;
  }
  throw new Error('The header was accepted.');
}

describe('the lines of an Authorization header', () => {
  it.each([
    [im, [imItem]],
    ['type=InfrastructureManager;username=ana;password=secret', [imItem]],
    ['  type  =  InfrastructureManager ;username= ana  ;  password = secret ; ', [imItem]],
    [`${im};`, [imItem]],
    [`${im}\\nid = d; type = Dummy\\n`, [imItem, { id: 'd', type: 'Dummy' }]],
    [`# a comment\\n\\n   \\n${im}`, [imItem]],
    ["type = 'InfrastructureManager'; username = \"ana\"; password = 'secret'", [imItem]],
  ])('are read: %s', (header, items) => {
    expect(parseAuthorizationHeader(header)).toEqual(items);
  });

  it.each([
    ["a = 's3;cret'", 's3;cret'],
    ["a = 'x=1'", 'x=1'],
    [`a = 'say "hello"'`, 'say "hello"'],
    [`a = "it's"`, "it's"],
    ["a = it's; b = c'", 'its; b = c'],
    ["a = 'open", 'open'],
    ["a = ''", ''],
    ["a = '  padded '", 'padded'],
    ['a = one two', 'one two'],
    ['a = #hash', '#hash'],
    ['a = file(/etc/passwd)', 'file(/etc/passwd)'],
    ['a = command(id)', 'command(id)'],
    ['a = C:\\path', 'C:\\path'],
    ['a = x=1', 'x=1'],
    ['a = YWJj==', 'YWJj=='],
    ['a = 1; a = 2', '2'],
    ['a = é', 'é'],
  ])('hold the value of %j', (line, value) => {
    expect(parseAuthLines(line)).toEqual([{ a: value }]);
  });

  it('hold line breaks of values as three characters', () => {
    expect(parseAuthLines('a = -----BEGIN\\\\nAAAA\\\\nEND-----; b = 2\\nc = 3')).toEqual([
      { a: '-----BEGIN\nAAAA\nEND-----', b: '2' },
      { c: '3' },
    ]);
  });

  it('pass over empty parts and keys without a value', () => {
    expect(parseAuthLines('a = 1;; b = 2;  ; c =; d = 3')).toEqual([{ a: '1', b: '2', d: '3' }]);
  });

  it('are refused when a word has no value, without showing the line', () => {
    const error = refusal('type = InfrastructureManager; username = ana; topsecret; password = x');

    expect(error).toMatchObject({ code: 'InvalidCredentials', status: 401 });
    expect(error.message).toBe("Error parsing authentication data: there is a word without '=' in a line.");
  });

  it('give nothing when they say nothing', () => {
    expect(parseAuthorizationHeader('nonsense')).toEqual([{}]);
  });

  it('read what clients write, whatever the values', () => {
    const value = fc
      .string({ unit: fc.constantFrom('a', 'B', '7', ';', '=', '"', ' ', '#', '\n', 'é', '{', '[', ',') })
      .filter((text) => text === text.trim() && text !== '');
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('user', 'key', 'host'), value, { minKeys: 1 }), (item) => {
        const line = Object.entries(item)
          .map(([key, text]) => `${key} = '${text.replaceAll('\n', '\\\\n')}'`)
          .join('; ');

        expect(parseAuthLines(`${line}\\n${line};`)).toEqual([{ ...item }, { ...item }]);
      }),
      { numRuns: 300 },
    );
  });

  it('never fail with anything but a refusal', () => {
    const piece = fc.constantFrom(
      'a',
      '=',
      ';',
      "'",
      '"',
      '\\',
      'n',
      '\\n',
      '\\\\n',
      '{',
      '[',
      '"a"',
      ':',
      ' ',
      '#',
      '\0',
      '𝒜',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        (header) => {
          try {
            for (const item of parseAuthorizationHeader(header)) {
              expect(Object.values(item).every((value) => typeof value === 'string')).toBe(true);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ImError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('an Authorization header in JSON', () => {
  it('is a list of objects whose values become texts', () => {
    expect(
      parseAuthorizationHeader('[{"id":"a","type":"OpenNebula","port":2633,"verify":false}, {}]'),
    ).toEqual([{ id: 'a', type: 'OpenNebula', port: '2633', verify: 'false' }, {}]);
  });

  it('may hold line breaks in its strings', () => {
    expect(parseAuthorizationHeader('[{"key":"BEGIN\\nAAAA\\nEND"},{"a":"1"}]')).toEqual([
      { key: 'BEGIN\nAAAA\nEND' },
      { a: '1' },
    ]);
  });

  it.each([
    '123',
    '"text"',
    'null',
    'true',
    '{"type":"InfrastructureManager"}',
    '[1]',
    '[{"a":{}}]',
    '[{"a":null}]',
  ])('is refused when it is %s', (header) => {
    expect(refusal(header)).toMatchObject({ code: 'InvalidCredentials' });
    expect(refusal(header).message).toContain('it must be a list of objects with texts');
  });

  it('does not change the objects of the program', () => {
    parseAuthorizationHeader('[{"__proto__":"x","constructor":"y"}]');

    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(parseAuthLines('__proto__ = x; a = 1')[0]).toHaveProperty('a', '1');
  });
});

describe('other schemes', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it('Basic is a user name and a password, cut at the first colon', () => {
    expect(parseAuthorizationHeader(basic('ana:p:w'))).toEqual([
      { type: 'InfrastructureManager', username: 'ana', password: 'p:w' },
    ]);
    expect(parseAuthorizationHeader(basic('añá:ñ').replace('Basic', 'basic'))).toEqual([
      { type: 'InfrastructureManager', username: 'añá', password: 'ñ' },
    ]);
  });

  it.each(['Basic %%%', basic('nocolon'), 'Basic ='])(
    'a Basic header that is none is refused: %s',
    (header) => {
      expect(refusal(header).code).toBe('InvalidCredentials');
    },
  );

  it('Bearer is a token', () => {
    expect(parseAuthorizationHeader('Bearer a.b.c')).toEqual([
      { type: 'InfrastructureManager', token: 'a.b.c' },
    ]);
  });
});

describe('headers that are refused', () => {
  it.each([undefined, '', '   '])('because there is nothing: %j', (header) => {
    expect(refusal(header)).toMatchObject({ code: 'InvalidCredentials', status: 401 });
    expect(refusal(header).message).toBe('No authentication data provided');
  });

  it.each(['1cloud', 'my cloud', 'a/b', 'é'])('because of the id %s', (id) => {
    expect(refusal(`id = '${id}'; type = Dummy`).message).toBe(`Incorrect value in auth item id: ${id}`);
    expect(refusal(JSON.stringify([{ id }])).message).toBe(`Incorrect value in auth item id: ${id}`);
  });

  it.each(['a', '_x', '.y', 'cloud-1.b_c', 'aé9', ''])('but not because of the id %j', (id) => {
    expect(parseAuthorizationHeader(`id = '${id}'; type = Dummy`)).toHaveLength(1);
  });

  it('because nobody has so many clouds', () => {
    expect(parseAuthorizationHeader(Array(200).fill('type = Dummy').join('\\n'))).toHaveLength(200);
    expect(refusal(Array(201).fill('type = Dummy').join('\\n')).message).toContain('more than 200 elements');
  });
});
