import { readToscaYaml } from '../yaml/read-document.js';
import { normativeDocuments } from './bundled/index.js';
import { TypeLibrary } from './type-library.js';

let library: TypeLibrary | undefined;

/** The types that every template can use (spec: tosca.md 11). They are read at the first call and shared by all. */
export function normativeTypes(): TypeLibrary {
  library ??= TypeLibrary.of(normativeDocuments.map(readToscaYaml));
  return library;
}
