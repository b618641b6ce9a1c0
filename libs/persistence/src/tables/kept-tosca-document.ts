import type { KeptTosca } from '@im/domain';
import { keptOfDocument } from '@im/domain';
import { z } from 'zod';

const stored = z.strictObject({
  document: z.string(),
  containerId: z.string(),
  generatedInputs: z.record(z.string(), z.string()),
  imports: z.string().exactOptional(),
});

/** The kept TOSCA document as it is stored. */
export function keptToscaText(kept: KeptTosca): string {
  const { document, containerId, generatedInputs, imports } = kept;
  return JSON.stringify({ document, containerId, generatedInputs, imports });
}

/** The same read back. Before the other values were kept, the text of the document was stored as it is. */
export function keptToscaFrom(infrastructureId: string, text: string): KeptTosca {
  return stored.safeParse(jsonOf(text)).data ?? keptOfDocument(infrastructureId, text);
}

/** A TOSCA document may itself be JSON, which is YAML too; it is never of the stored form. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
