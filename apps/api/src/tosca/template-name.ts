import type { KeptTosca } from '@im/domain';
import { readToscaYaml, ToscaError } from '@im/tosca';

/**
 * Name of the template that an infrastructure was made from: `template_name` of its metadata, else the base name of `icon` without its last
 * four characters, else nothing (spec: rest-api.md 10.4).
 */
export function templateName(tosca: KeptTosca | null): string {
  const metadata = metadataOf(tosca?.document ?? '');
  const name = metadata.get('template_name');
  if (typeof name === 'string') {
    return name;
  }
  const icon = metadata.get('icon');
  return typeof icon === 'string' ? icon.slice(icon.lastIndexOf('/') + 1).slice(0, -4) : '';
}

/** The metadata of a document; only this section is read, since statistics ask for that of all infrastructures. */
function metadataOf(document: string): ReadonlyMap<string, unknown> {
  const [section] = /^metadata:.*(?:\n(?:[ \t#].*)?)*/m.exec(document) ?? [];
  if (section === undefined) {
    return new Map();
  }
  try {
    const metadata = readToscaYaml(section).get('metadata');
    return metadata instanceof Map ? metadata : new Map();
  } catch (error) {
    if (error instanceof ToscaError) {
      return new Map();
    }
    throw error;
  }
}
