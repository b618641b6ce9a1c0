/** Reads what a document names: imports, implementations, contents of files. Adapters keep the limits of the network (spec: tosca.md 4, 6.3). */
export interface ToscaFiles {
  /** The text behind an URL. @throws FileUnavailable */
  read(url: string): Promise<string>;
}

/** An URL that gives no text; the reason is a few words for the author of the document, such as `Not Found`. */
export class FileUnavailable extends Error {
  constructor(
    readonly url: string,
    readonly reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(`${url}: ${reason}`, options);
    this.name = 'FileUnavailable';
  }
}
