import type { AddressGuard, LoggedIn } from './connect.js';
import { connect } from './connect.js';
import type { SshConnection } from './ssh-connection.js';
import { Ssh2Connection } from './ssh-connection.js';
import { SshError } from './ssh-error.js';
import type { SshTarget } from './ssh-target.js';
import { connectionKey, nameOf } from './ssh-target.js';

/** Gives out connections. */
export interface SshClientPool {
  /** Runs `work` with a connection to the target, an open one when there is one. @throws SshError */
  use<T>(target: SshTarget, work: (connection: SshConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface SshPoolOptions {
  connectTimeoutMs: number;
  /** A connection that nobody uses is closed after this time. */
  idleMs: number;
  maxConnections: number;
  /** Every address is connected to when absent. */
  guard?: AddressGuard;
  onCall?: (call: string, outcome: string, seconds: number) => void;
}

/**
 * Channels at once on one connection. Servers allow ten sessions by default, and OpenSSH counts one that was closed until it has answered all that
 * came in one go with it, the opening of the next ones too: so half of them.
 */
const maxChannels = 5;

interface Entry {
  login: Promise<LoggedIn>;
  name: string;
  users: number;
  waiting: (() => void)[];
  idleTimer: NodeJS.Timeout | null;
  lastUse: number;
  /** Given to nobody any more; it ends with its last user. */
  retired: boolean;
}

/** One connection per machine and login, shared by all who use it (faults.md 21). */
export class SshPool implements SshClientPool {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly options: SshPoolOptions) {}

  async use<T>(target: SshTarget, work: (connection: SshConnection) => Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome = 'ConnectionLost';
    const key = connectionKey(target);
    const entry = this.entry(key, target);
    entry.users++;
    try {
      const { client, hostKey } = await entry.login;
      await channelSlot(entry);
      try {
        const value = await work(new Ssh2Connection(client, entry.name, hostKey));
        outcome = 'ok';
        return value;
      } finally {
        releaseSlot(entry);
      }
    } catch (error) {
      if (error instanceof SshError) {
        outcome = error.code;
        this.retireWhenBroken(key, entry, error);
      }
      throw error;
    } finally {
      entry.users--;
      this.options.onCall?.('use', outcome, (performance.now() - started) / 1000);
      this.closeWhenUnused(key, entry);
    }
  }

  async close(): Promise<void> {
    const entries = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(
      entries.map(async (entry) => {
        clearIdle(entry);
        await entry.login.then(
          ({ client }) => client.end(),
          () => undefined,
        );
      }),
    );
  }

  private entry(key: string, target: SshTarget): Entry {
    const known = this.entries.get(key);
    if (known !== undefined) {
      clearIdle(known);
      known.lastUse = performance.now();
      return known;
    }
    this.makeRoom();
    const entry: Entry = {
      login: connect(target, {
        timeoutMs: this.options.connectTimeoutMs,
        ...(this.options.guard === undefined ? {} : { guard: this.options.guard }),
      }),
      name: nameOf(target),
      users: 0,
      waiting: [],
      idleTimer: null,
      lastUse: performance.now(),
      retired: false,
    };
    this.entries.set(key, entry);
    entry.login.then(
      ({ client }) =>
        client.once('close', () => {
          this.forget(key, entry);
        }),
      () => {
        this.forget(key, entry);
      },
    );
    return entry;
  }

  /** The connection nobody used for longest goes first. */
  private makeRoom(): void {
    if (this.entries.size < this.options.maxConnections) {
      return;
    }
    const idle = [...this.entries].filter(([, entry]) => entry.users === 0);
    const [oldest] = idle.sort(([, a], [, b]) => a.lastUse - b.lastUse);
    if (oldest !== undefined) {
      this.end(...oldest);
    }
  }

  /** Others who use it find out for themselves: a slow command of one says nothing about theirs. */
  private retireWhenBroken(key: string, entry: Entry, error: SshError): void {
    if (error.code === 'ConnectionLost' || error.code === 'Timeout') {
      this.forget(key, entry);
      entry.retired = true;
    }
  }

  private closeWhenUnused(key: string, entry: Entry): void {
    if (entry.users > 0) {
      return;
    }
    if (entry.retired) {
      this.end(key, entry);
    } else if (this.entries.get(key) === entry) {
      clearIdle(entry);
      entry.idleTimer = setTimeout(() => {
        this.end(key, entry);
      }, this.options.idleMs);
      entry.idleTimer.unref();
    }
  }

  private end(key: string, entry: Entry): void {
    this.forget(key, entry);
    entry.login.then(
      ({ client }) => client.end(),
      () => undefined,
    );
  }

  private forget(key: string, entry: Entry): void {
    clearIdle(entry);
    if (this.entries.get(key) === entry) {
      this.entries.delete(key);
    }
  }
}

const busy = new WeakMap<Entry, number>();

async function channelSlot(entry: Entry): Promise<void> {
  const used = busy.get(entry) ?? 0;
  if (used >= maxChannels) {
    await new Promise<void>((resolve) => entry.waiting.push(resolve));
    return;
  }
  busy.set(entry, used + 1);
}

/** Hands the slot to the next who waits, or frees it. */
function releaseSlot(entry: Entry): void {
  const next = entry.waiting.shift();
  if (next === undefined) {
    busy.set(entry, (busy.get(entry) ?? 1) - 1);
  } else {
    next();
  }
}

function clearIdle(entry: Entry): void {
  if (entry.idleTimer !== null) {
    clearTimeout(entry.idleTimer);
    entry.idleTimer = null;
  }
}
