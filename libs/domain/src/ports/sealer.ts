/** Encrypts what must not be readable in the database (design: architecture.md 3). */
export interface Sealer {
  /**
   * @param plaintext any text
   * @param context where the value belongs; opening with another context fails
   * @returns printable text that names the key it was sealed with
   */
  seal(plaintext: string, context: string): string;
  /** @throws ImError `Internal` when the text was changed, the context is another or the key is unknown. */
  open(sealed: string, context: string): string;
  /** Keyed hash of an identity, for exact look-ups of owners without readable secrets. */
  fingerprint(value: string): string;
}
