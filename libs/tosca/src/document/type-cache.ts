import { normativeTypes } from '../types/normative-types.js';
import { TypeLibrary } from '../types/type-library.js';
import { readToscaYaml } from '../yaml/read-document.js';
import type { ToscaMap } from '../yaml/values.js';

/** Characters of imported texts whose documents are kept. */
const mostText = 20_000_000;

/** Libraries that are kept: one for each list of imports in use. */
const mostLibraries = 30;

/**
 * Imported documents and the types made of them, kept by their text: what many documents import is read and resolved once. Nothing a document
 * brings itself comes into it, so no answer depends on what was read before.
 */
export class TypeCache {
  /** Least recently used first. */
  private readonly documents = new Map<string, ToscaMap>();
  private readonly libraries = new Map<string, TypeLibrary>();
  private readonly numbers = new WeakMap<ToscaMap, number>();
  private next = 1;
  private text = 0;

  /** The document of an imported text. @throws ToscaError `yaml` */
  document(text: string): ToscaMap {
    const known = this.documents.get(text);
    const document = known ?? readToscaYaml(text);
    this.documents.delete(text);
    this.documents.set(text, document);
    if (known === undefined) {
      this.numbers.set(document, this.next++);
      this.text += text.length;
      this.dropOldDocuments();
    }
    return document;
  }

  /** The normative types with those of imported documents over them; of the same name the later document counts. */
  library(documents: readonly ToscaMap[]): TypeLibrary {
    if (documents.length === 0) {
      return normativeTypes();
    }
    const numbers = documents.map((document) => this.numbers.get(document));
    if (numbers.includes(undefined)) {
      return TypeLibrary.of(documents, normativeTypes());
    }
    const key = numbers.join(',');
    const library = this.libraries.get(key) ?? TypeLibrary.of(documents, normativeTypes());
    this.libraries.delete(key);
    this.libraries.set(key, library);
    const [oldest] = this.libraries.keys();
    if (this.libraries.size > mostLibraries && oldest !== undefined) {
      this.libraries.delete(oldest);
    }
    return library;
  }

  private dropOldDocuments(): void {
    for (const text of this.documents.keys()) {
      if (this.text <= mostText || this.documents.size === 1) {
        return;
      }
      this.documents.delete(text);
      this.text -= text.length;
    }
  }
}
