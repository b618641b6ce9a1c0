/** Log lines of the service; the shape of the port of the same name in the domain. */
export interface Logger {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
  /** A logger whose lines carry these fields besides. */
  child(bindings: object): Logger;
}
