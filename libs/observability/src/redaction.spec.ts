import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, Redactor } from './redaction.js';

const S = 'Tr0ub4dor';
const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIE${S}\n${S}==\n-----END RSA PRIVATE KEY-----`;
const redactor = new Redactor();

describe('secrets inside texts', () => {
  it.each([
    ['a PEM block', `key:\n${PEM}\nafter`],
    ['a PEM block whose end was cut off', `text ${PEM.slice(0, 60)}`],
    ['a PEM block on one line', PEM.replaceAll('\n', '\\n')],
    ['a RADL password', `system a (disk.0.os.credentials.password = '${S}' and cpu.count >= 1)`],
    ['a RADL password in double quotes', `disk.0.os.credentials.new.password = "${S}"`],
    ['a RADL private key over lines', `disk.0.os.credentials.private_key = '${PEM}'`],
    ['a RADL value with blanks and quotes', `password = 'a \\' b ${S}'`],
    ['RADL as JSON', `{"disk.0.os.credentials.password": "x${S}"}`],
    ['JSON in a JSON text', `{\\"password\\": \\"a ${S}\\", \\"x\\": 1}`],
    ['an authorization line', `id = one; type = OpenNebula; username = u; password = my ${S}; host = h`],
    ['authorization lines in one header', `type = InfrastructureManager; token = ${S}\\nid = x`],
    ['a header', `Authorization: Bearer ${S}`],
    ['a cookie', `Set-Cookie: session=${S}; Path=/`],
    ['a bearer token in a sentence', `sent Bearer ${S}.abc to the server`],
    [
      'a basic credential',
      'sent Basic dXNlcjpUcjB1YjRkb3I= to the server'.replace('dXNlcjpUcjB1YjRkb3I=', `${S}=`),
    ],
    ['a JSON web token', `got eyJhbGciOiJ9.eyJ${S}.${S}`],
    ['a URL with a password', `connect to mysql://imuser:${S}@db:3306/imdb failed`],
    ['a URL whose password has an @', `mysql://imuser:p@${S}@db/imdb`],
    ['YAML', `ansible_become_password: ${S}\nother: 1`],
    ['an OpenStack header', `X-Auth-Token: ${S}`],
    ['a cloud key', `aws_secret_access_key=${S}`],
    ['a quote that is never closed', `password = 'first\n${S}`],
  ])('removes %s', (_, text) => {
    expect(redactor.text(text)).not.toContain(S);
    expect(redactor.text(text)).toContain(REDACTED);
  });

  it.each([
    'Infrastructure 3f2a created with 2 machines at http://127.0.0.1:8800/infrastructures/3f2a',
    'Basic checks passed; no bearer of news',
    "system front (cpu.count >= 1 and disk.0.os.name = 'linux')",
    'GET /infrastructures/3f2a?secret answered 404',
  ])('leaves %s', (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  it('keeps what stands around a secret', () => {
    expect(redactor.text(`username = u; password = ${S}; host = h`)).toBe(
      `username = u; password = ${REDACTED}; host = h`,
    );
    expect(redactor.text(`mysql://u:${S}@db/x`)).toBe(`mysql://u:${REDACTED}@db/x`);
  });

  it('removes the known secrets of the process wherever they stand', () => {
    expect(new Redactor([S, 'abc']).text(`x${S}y abc`)).toBe(`x${REDACTED}y abc`);
  });

  it('never lets a quoted RADL credential through', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40 })
      .filter((text) => !/[\\']/u.test(text) && text.trim().length > 7);
    fc.assert(
      fc.property(secret, fc.constantFrom('password', 'private_key', 'token'), (value, name) => {
        const shown = redactor.text(`disk.0.os.credentials.${name} = '${value}' and\nmemory.size >= 1`);
        expect(shown).toBe(`disk.0.os.credentials.${name} = ${REDACTED} and\nmemory.size >= 1`);
      }),
    );
  });

  it('handles long texts in time that grows with their length, and cuts them', () => {
    const shown = redactor.text(`${'token'.repeat(200_000)} password='${'a'.repeat(100_000)}`);
    expect(shown.length).toBeLessThan(20_000);
    expect(shown).toContain('characters more');
  });
});

describe('secrets in fields', () => {
  it.each([
    'password',
    'userPassword',
    'private_key',
    'privateKey',
    'Authorization',
    'set-cookie',
    'token',
    'access_token',
    'disk.0.os.credentials.password',
    'credentials',
    'clientSecret',
    'X-Api-Key',
    'passphrase',
  ])('removes the value of %s', (name) => {
    expect(JSON.stringify(redactor.data({ a: { [name]: S }, b: [{ [name]: { deep: S } }] }))).not.toContain(
      S,
    );
  });

  it('keeps fields that only name something', () => {
    const data = { credentialId: 'c1', keyId: 'k1', launchToken: undefined, user: 'u', password: '' };
    expect(redactor.data(data)).toMatchObject({ credentialId: 'c1', keyId: 'k1', user: 'u', password: '' });
  });

  it('looks into errors, their causes, maps, sets and raw header lists', () => {
    const error = new Error(`password = '${S}'`, { cause: new Error(`Bearer ${S}123`) });
    const data = {
      error,
      map: new Map([['token', S]]),
      set: new Set([`Authorization: ${S}`]),
      rawHeaders: ['Host', 'h', 'Authorization', S],
      url: new URL(`http://u:${S}@h/`),
    };
    const shown = redactor.data(data);

    expect(JSON.stringify(shown)).not.toContain(S);
    expect(shown).toMatchObject({
      error: { name: 'Error' },
      rawHeaders: ['Host', 'h', 'Authorization', REDACTED],
    });
  });

  it('survives circles, depth, buffers and odd values', () => {
    const circle: Record<string, unknown> = { bytes: Buffer.from(S), big: 1n, when: new Date(0), no: null };
    circle.self = circle;

    expect(redactor.data(circle)).toEqual({
      bytes: '(9 bytes)',
      big: '1',
      when: '1970-01-01T00:00:00.000Z',
      no: null,
      self: '(not shown)',
    });
  });
});
