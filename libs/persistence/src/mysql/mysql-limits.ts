/** What a process takes of a server, and how long it waits for it. Times in milliseconds. */
export interface MysqlLimits {
  /** Connections at the same time. */
  connections: number;
  /** Reads and transactions that wait for one of them; further ones are refused at once. */
  waiting: number;
  /** How long one waits for a connection. */
  acquireMs: number;
  /** How long opening a connection takes at most. */
  connectMs: number;
  /** How long a statement takes at most. Servers are told to end it a little earlier. */
  statementMs: number;
  /** How long the outcome of a commit is looked for whose answer was lost. */
  decisionMs: number;
}

export const defaultMysqlLimits: MysqlLimits = {
  connections: 10,
  waiting: 1_000,
  acquireMs: 5_000,
  connectMs: 5_000,
  statementMs: 10_000,
  decisionMs: 30_000,
};
