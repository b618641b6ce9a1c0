import { describe, expect, it } from 'vitest';
import { ToscaError } from '../tosca-error.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { jsonOf } from '../yaml/values.js';
import { FileUnavailable } from './files.js';
import { expandTemplate } from './imported-template.js';
import { TypeCache } from './type-cache.js';

const template = `
tosca_definitions_version: tosca_simple_yaml_1_0
imports: [ https://a.example/types.yaml ]
metadata: { infra_name: theirs }
topology_template:
  inputs: { n: { type: integer, default: 1 }, s: { type: string, default: a } }
  node_templates: { one: { type: Compute }, two: { type: Compute } }
  outputs: { o: { value: 1 } }
  policies: [ { p: { type: tosca.policies.Placement } } ]
`;

const files: Readonly<Record<string, string>> = {
  'https://repo.example/t.yaml': template,
  'https://repo.example/a/t.yaml': template,
  'https://repo.example/bad.yaml': 'a: [',
};

async function expanded(text: string, repository?: string): Promise<unknown> {
  const document = await expandTemplate(
    readToscaYaml(`tosca_definitions_version: tosca_simple_yaml_1_0\n${text}`),
    {
      files: {
        read: async (url) => {
          const found = files[url];
          if (found === undefined) {
            throw new FileUnavailable(url, 'Not Found');
          }
          return found;
        },
      },
      cache: new TypeCache(),
      repository,
      positionOf: () => ({ line: 2, column: 3 }),
    },
  );
  return jsonOf(document);
}

const importing = (name: string, topology = '{}'): string =>
  `imports: [ { template_file: ${name} } ]\ntopology_template: ${topology}`;

describe('a document that imports a template', () => {
  it('has its imports, inputs, nodes and outputs, and nothing else of it', async () => {
    expect(await expanded(importing('https://repo.example/t.yaml'))).toEqual({
      tosca_definitions_version: 'tosca_simple_yaml_1_0',
      imports: ['https://a.example/types.yaml'],
      topology_template: {
        inputs: { n: { type: 'integer', default: 1 }, s: { type: 'string', default: 'a' } },
        node_templates: { one: { type: 'Compute' }, two: { type: 'Compute' } },
        outputs: { o: { value: 1 } },
      },
    });
  });

  it.each([
    ['a value', '{ n: 0, s: "" }'],
    ['a map with a default', '{ n: { default: 0 }, s: { default: "", type: integer } }'],
  ])('changes the defaults of inputs by %s, also to 0 and nothing', async (_name, inputs) => {
    expect(await expanded(importing('https://repo.example/t.yaml', `{ inputs: ${inputs} }`))).toMatchObject({
      topology_template: {
        inputs: { n: { type: 'integer', default: 0 }, s: { type: 'string', default: '' } },
      },
    });
  });

  it('leaves inputs alone for which it gives null, adds others, and replaces nodes whole', async () => {
    const topology =
      '{ inputs: { n: null, m: { type: string } }, node_templates: { two: { type: my.Two } } }';
    expect(await expanded(importing('https://repo.example/t.yaml', topology))).toMatchObject({
      topology_template: {
        inputs: { n: { default: 1 }, m: { type: 'string' } },
        node_templates: { one: { type: 'Compute' }, two: { type: 'my.Two' } },
      },
    });
  });
});

describe('a template repository', () => {
  const repository = 'https://repo.example/a';

  it('takes names relative to it, and addresses in it', async () => {
    for (const name of ['t.yaml', '/t.yaml', 'https://repo.example/a/t.yaml']) {
      await expect(expanded(importing(name), repository)).resolves.toHaveProperty('imports');
    }
  });

  it.each([
    ['a template from elsewhere', importing('https://repo.example/another/t.yaml')],
    ['a name that leads out of it', importing('../../t.yaml')],
    ['an address that leads out of it', importing('https://repo.example/a/%2e%2e/%2E%2e/t.yaml')],
    ['a document that imports no template', 'topology_template: {}'],
    ['a document with more imports', 'imports: [ { template_file: t.yaml }, https://a.example/x.yaml ]'],
  ])('refuses %s', async (_name, text) => {
    const refusal = expanded(text, repository);
    await expect(refusal).rejects.toBeInstanceOf(ToscaError);
    await expect(refusal).rejects.toMatchObject({
      category: 'repository',
      line: 2,
      problems: [
        { message: 'The TOSCA template must be imported from the TOSCA repository: https://repo.example/a' },
      ],
    });
  });
});

describe('a template that cannot be used', () => {
  it.each([
    [
      'https://repo.example/no.yaml',
      'Failed to reach server "https://repo.example/no.yaml". Reason is: Not Found.',
    ],
    ['https://repo.example/bad.yaml', 'The template "https://repo.example/bad.yaml" is not valid YAML: '],
    ['t.yaml', 'The template "t.yaml" must be given by an address with http or https.'],
    [
      'file:///etc/passwd',
      'The template "file:///etc/passwd" must be given by an address with http or https.',
    ],
  ])('%s is refused', async (name, message) => {
    await expect(expanded(importing(name))).rejects.toThrow(message);
  });
});
