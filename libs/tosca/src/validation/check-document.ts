import type { Build } from '../topology/build.js';
import type { ToscaMap } from '../yaml/values.js';
import { isMap, mapAt, textOf } from '../yaml/values.js';
import { allowedWords, checkWords, sectionAt, toscaVersions } from './sections.js';

/** Checks version and sections of a document, and the words of the node types it defines (spec: tosca.md 2). */
export function checkDocument(document: ToscaMap, { problems }: Build): void {
  const version = document.get('tosca_definitions_version');
  if (version === undefined || version === null) {
    problems.missingField('Template', 'tosca_definitions_version', []);
  } else if (!toscaVersions.includes(textOf(version))) {
    problems.add(
      'version',
      'InvalidTemplateVersion',
      `The template version "${textOf(version)}" is invalid. Valid versions are "${toscaVersions.join('", "')}".`,
      ['tosca_definitions_version'],
    );
  }
  checkWords(document, allowedWords.document, 'Template', [], problems);
  const topology = sectionAt(document, 'topology_template', '"topology_template" of template', [], problems);
  checkWords(topology, allowedWords.topology, 'Template', ['topology_template'], problems);
  for (const [name, type] of mapAt(document, 'node_types')) {
    if (isMap(type)) {
      checkWords(type, allowedWords.nodeType, `Nodetype"${name}"`, ['node_types', name], problems);
    }
  }
}
