import { parseAllDocuments, parseDocument } from 'yaml';

/**
 * Why a recipe is not one YAML document, null when it is (spec: radl.md 4.4, 10). Aliases are not followed, so a small text cannot
 * grow without bounds.
 */
export function recipeProblem(recipe: string): string | null {
  const documents = parseAllDocuments(recipe, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false });
  if (!Array.isArray(documents)) {
    return null;
  }
  if (documents.length > 1) {
    return 'there is more than one document';
  }
  const error = (documents[0] ?? parseDocument('')).errors[0];
  return error === undefined ? null : error.message;
}
