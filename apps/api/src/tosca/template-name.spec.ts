import { describe, expect, it } from 'vitest';
import { templateName } from './template-name.js';

const named = (document: string) => templateName({ document, containerId: '', generatedInputs: {} });

describe('the name of a template', () => {
  it.each([
    ['metadata:\n  icon: a.png\n  template_name: Cluster\ntopology_template: {}\n', 'Cluster'],
    ['a: 1\nmetadata:\n\n  icon: https://x.org/images/slurm.png\nb: 2\n', 'slurm'],
    ['metadata: {template_name: "18.0"}\n', '18.0'],
    ['metadata:\n  - list\n', ''],
    ['metadata: {a: [\n', ''],
    ['topology_template:\n  metadata:\n    template_name: inner\n', ''],
  ])('of %j is %j', (document, name) => {
    expect(named(document)).toBe(name);
  });

  it('is empty without a document', () => {
    expect(templateName(null)).toBe('');
  });
});
