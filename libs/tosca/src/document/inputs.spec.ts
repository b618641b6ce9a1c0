import { describe, expect, it } from 'vitest';
import { readToscaYaml } from '../yaml/read-document.js';
import { generateInputs, tokenInputs } from './inputs.js';

const document = readToscaYaml(`
topology_template:
  inputs:
    password: { type: string, default: random(12) }
    dropped: { type: string, default: random(4) and more }
    token: { type: string, default: access_token() }
    plain: { type: string, default: "access_token() " }
    inside: { type: string, default: "x random(4)" }
    number: { type: integer, default: random(4) }
    odd: { type: string, default: 5 }
    empty:
    text: just a text
`);

const sources = {
  accessToken: 'abc',
  earlier: new Map<string, string>(),
  random: (length: number) => 'r'.repeat(length),
};

describe('special defaults of inputs', () => {
  it('are replaced for inputs of type string only', () => {
    expect([...generateInputs(document, sources)]).toEqual([
      ['password', 'rrrrrrrrrrrr'],
      ['dropped', 'rrrr'],
      ['token', 'abc'],
    ]);
  });

  it('keep random values that were made before, and take the token of the request', () => {
    const earlier = new Map([
      ['password', 'before'],
      ['token', 'old'],
    ]);
    const values = generateInputs(document, { ...sources, earlier });
    expect(values.get('password')).toBe('before');
    expect(values.get('token')).toBe('abc');
  });

  it('stay when the request has no token', () => {
    expect(generateInputs(document, { ...sources, accessToken: undefined }).has('token')).toBe(false);
  });

  it('make no text without bounds', () => {
    const large = readToscaYaml(
      'topology_template: { inputs: { a: { type: string, default: random(999999) } } }',
    );
    expect(generateInputs(large, sources).get('a')).toHaveLength(4096);
  });

  it('tell which inputs hold a token', () => {
    expect(tokenInputs(document)).toEqual(['token']);
  });

  it.each(['', 'topology_template:', 'topology_template: { inputs: [ a ] }'])('are none in %j', (text) => {
    expect(generateInputs(readToscaYaml(text), sources).size).toBe(0);
  });
});
