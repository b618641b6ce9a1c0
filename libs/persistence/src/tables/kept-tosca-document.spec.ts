import { describe, expect, it } from 'vitest';
import { keptToscaFrom, keptToscaText } from './kept-tosca-document.js';

const id = '5b0f8c2e-7d4b-11ee-9d6f-0242ac110002';

describe('a stored TOSCA document', () => {
  it('is read back with what was kept beside it', () => {
    const kept = { document: 'a: b\n', containerId: '0a1b2c3d', generatedInputs: { password: 'made' } };

    expect(keptToscaFrom(id, keptToscaText(kept))).toEqual(kept);
  });

  it.each([
    ['YAML', 'tosca_definitions_version: tosca_simple_yaml_1_0\n'],
    ['JSON, which is YAML too', '{"tosca_definitions_version": "tosca_simple_yaml_1_0"}'],
    [
      'JSON with a key of the stored form',
      '{"tosca_definitions_version": "x", "document": "", "containerId": "", "generatedInputs": {}}',
    ],
  ])('of an older version is the text alone, in %s', (_form, document) => {
    expect(keptToscaFrom(id, document)).toEqual({ document, containerId: '5b0f8c2e', generatedInputs: {} });
  });
});
