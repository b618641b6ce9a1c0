import { ImError } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { encryptedRecipe } from '../../../test/contextualization/encrypted-recipe.js';
import { decryptVault, isVault } from './ansible-vault.js';

const { password, plain: recipe, text: encrypted } = encryptedRecipe;

/** The same with `--encrypt-vault-id team`. */
const labelled = `$ANSIBLE_VAULT;1.2;AES256;team
33313035363961343630393062636434646139383737643730643230313364393261306163356636
3236326431626661343438626538653830323236393265630a616433663633326164333266343565
34343336633763353361326438626537616466373230383030353338336563383366643631663061
3030363839326466310a613163333062666536396434336561636537376664376330396666636264
30333231353235643062383536346337303237363138383430633862653736383065313832626164
3937336639343961383239353663663134613430303839303638
`;

/** `0123456789abcdef`: as long as a block of the cipher. */
const wholeBlock = `$ANSIBLE_VAULT;1.1;AES256
63376531386464353666663339383966633835376630653435383563613163633439386638613862
3766396634613363366333373864366632633765323234310a623862653839616537343832336638
33303535353162356661316636386537376562646334333539346630393563616362316437643063
3262373934653032350a353335383437636534616337326232353531333763336132643835363161
65653039663632653935356634336633346430323761653233386330336137643161
`;

function errorOf(text: string, word = password): ImError {
  try {
    decryptVault(text, word);
  } catch (error) {
    if (error instanceof ImError) {
      return error;
    }
    throw error;
  }
  throw new Error('It was decrypted.');
}

describe('a recipe encrypted by ansible-vault', () => {
  it.each([
    ['as it is', encrypted],
    ['with the label of a vault', labelled],
    ['with line ends of Windows', encrypted.replaceAll('\n', '\r\n')],
    ['with space around it, as in a document', `\n   ${encrypted.replaceAll('\n', '\n   ')}\n`],
  ])('is opened %s', (_name, text) => {
    expect(isVault(text)).toBe(true);
    expect(decryptVault(text, password)).toBe(recipe);
  });

  it('is opened when its text fills a block of the cipher', () => {
    expect(decryptVault(wholeBlock, password)).toBe('0123456789abcdef');
  });

  it.each(['', 'another-password', 'a-test-password '])('is not opened with the password %j', (word) => {
    const error = errorOf(encrypted, word);

    expect(error.code).toBe('InvalidRequest');
    expect(error.message).toBe('The recipe cannot be decrypted: its vault.password is wrong.');
  });

  it('is not opened when one letter of it changed', () => {
    const [head = '', ...lines] = encrypted.trim().split('\n');
    const hex = lines.join('');
    for (const position of [1, 130, 250, hex.length - 1]) {
      const letter = hex[position] === '3' ? '2' : '3';
      const changed = `${hex.slice(0, position)}${letter}${hex.slice(position + 1)}`;
      expect(errorOf(`${head}\n${changed}`).code).toBe('InvalidRequest');
    }
  });

  it.each([
    ['another cipher', encrypted.replace('AES256', 'AES')],
    ['an unknown version', encrypted.replace(';1.1;', ';9.9;')],
    ['its head alone', '$ANSIBLE_VAULT;1.1;AES256\n'],
    ['no hexadecimal text', '$ANSIBLE_VAULT;1.1;AES256\nnothing\n'],
    ['a part of it', encrypted.split('\n').slice(0, 3).join('\n')],
  ])('is refused: %s', (_name, text) => {
    expect(errorOf(text).code).toBe('InvalidRequest');
  });
});

describe('a recipe with encrypted values', () => {
  it('is not encrypted as a whole', () => {
    expect(isVault(`- vars:\n    secret: !vault |\n      ${encrypted}`)).toBe(false);
  });
});
