import { FileUnavailable, TypeCache } from '@im/tosca';
import { describe, expect, it } from 'vitest';
import { translateDocument } from './translate-document.js';

const text = `tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs:
    token: { type: string, default: access_token() }
    password: { type: string, default: random(8) }
  node_templates:
    node: { type: tosca.nodes.Compute, properties: {} }
    store:
      type: tosca.nodes.network.Network
      properties: { network_name: { concat: [ { get_input: token }, '/', { get_input: password } ] } }
`;

const tools = {
  files: { read: (url: string) => Promise.reject(new FileUnavailable(url, 'Not Found')) },
  cache: new TypeCache(),
};

const request = { text, accessToken: 'secret-token', containerId: '01234567', templateRepository: '' };

describe('a translated document', () => {
  it('uses the token of the user and keeps no trace of it', async () => {
    const outcome = await translateDocument(request, tools);
    const { radl, tosca } = 'radl' in outcome ? outcome : { radl: '', tosca: undefined };

    expect(radl).toContain('secret-token/');
    expect(JSON.stringify(tosca)).not.toContain('secret-token');
    expect(tosca?.generatedInputs['password']).toMatch(/^[A-Za-z0-9]{8}$/);
  });

  it('that is wrong is refused with a text', async () => {
    const outcome = await translateDocument({ ...request, text: 'a: 1' }, tools);

    expect('refused' in outcome ? outcome.refused : '').toContain(
      'Template is missing required field "tosca_definitions_version".',
    );
  });
});
