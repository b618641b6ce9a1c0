/** DATA_DB cannot be understood. The message names the option and holds no password. */
export class DatabaseUrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseUrlError';
  }
}
