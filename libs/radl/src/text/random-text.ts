const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits from the platform's cryptographic source; every character equally likely. */
export function cryptographicText(length: number): string {
  const unbiased = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of globalThis.crypto.getRandomValues(new Uint8Array(64))) {
      if (byte < unbiased && text.length < length) {
        text += alphabet[byte % alphabet.length];
      }
    }
  }
  return text;
}
