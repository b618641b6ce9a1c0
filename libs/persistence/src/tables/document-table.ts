import type { SqlValue } from '../sql/connection.js';
import { text } from '../sql/row.js';
import type { Session } from './session.js';

/** Texts that lie in rows of their own, sealed: they hold passwords and keys, and a state read must not touch them. */
export type DocumentKind = 'radl' | 'tosca' | 'owners' | 'extra' | 'vm';

/** `imId` of documents of the infrastructure itself. */
export const ofInfrastructure = -1;

export interface DocumentKey {
  infrastructureId: string;
  imId: number;
  kind: DocumentKind;
}

export interface DocumentText extends DocumentKey {
  content: string;
}

const sealedAtOnce = 256;

const upsert = {
  table: 'document',
  columns: ['infrastructure_id', 'im_id', 'kind', 'hash', 'sealed'],
  onConflict: ['hash', 'sealed'],
} as const;

export class DocumentTable {
  constructor(private readonly session: Session) {}

  /** Seals and writes documents, new or not; some at a time, since a server ends transactions that are silent for long. */
  async put(documents: readonly DocumentText[]): Promise<void> {
    const { connection, sealer } = this.session;
    for (let start = 0; start < documents.length; start += sealedAtOnce) {
      const rows = documents
        .slice(start, start + sealedAtOnce)
        .map((document): SqlValue[] => [
          document.infrastructureId,
          document.imId,
          document.kind,
          this.hash(document.content),
          sealer.seal(document.content, contextOf(document)),
        ]);
      await connection.insert(upsert, rows);
    }
  }

  /** Writes the documents of one infrastructure (not of its VMs) that are new or changed; null contents are removed. */
  async replace(
    infrastructureId: string,
    contents: ReadonlyMap<DocumentKind, string | null>,
  ): Promise<Set<DocumentKind>> {
    const stored = new Map(
      (
        await this.session.connection.all(
          'SELECT kind, hash FROM document WHERE infrastructure_id = ? AND im_id = ?',
          [infrastructureId, ofInfrastructure],
        )
      ).map((row) => [text(row, 'kind'), text(row, 'hash')]),
    );
    const changed: DocumentText[] = [];
    const removed: DocumentKind[] = [];
    for (const [kind, content] of contents) {
      if (content === null) {
        if (stored.has(kind)) {
          removed.push(kind);
        }
      } else if (stored.get(kind) !== this.hash(content)) {
        changed.push({ infrastructureId, imId: ofInfrastructure, kind, content });
      }
    }
    await this.put(changed);
    if (removed.length > 0) {
      await this.session.connection.run(
        `DELETE FROM document WHERE infrastructure_id = ? AND im_id = ? AND kind IN (${removed.map(() => '?').join(', ')})`,
        [infrastructureId, ofInfrastructure, ...removed],
      );
    }
    return new Set([...changed.map(({ kind }) => kind), ...removed]);
  }

  open(key: DocumentKey, sealed: string): string {
    return this.session.sealer.open(sealed, contextOf(key));
  }

  /** Keyed, so that it says nothing about a short text; tells whether a document must be written again. */
  hash(content: string): string {
    return this.session.sealer.fingerprint(content);
  }
}

/** A sealed text opens only in its own place. */
function contextOf({ infrastructureId, imId, kind }: DocumentKey): string {
  return `document:${infrastructureId}:${imId}:${kind}`;
}
