/** Where finished log lines go. */
export interface LogDestination {
  write(line: string): void;
  /** Writes what is buffered, at once. */
  flush(): void;
}
