import { ImError } from '@im/domain';
import type { PoolConnection } from 'mysql2';
import type { QueryRunner } from 'typeorm';
import { ConnectionSlots } from './connection-slots.js';
import { MysqlConnection } from './mysql-connection.js';
import type { MysqlLimits } from './mysql-limits.js';
import type { OpenedSource } from './mysql-source.js';
import { sessionSettings } from './session-settings.js';

/** How long closing waits for the server. */
const closeMs = 2_000;

/** Lends connections, a bounded number to a bounded number, each with our settings. */
export class MysqlPool {
  private readonly slots: ConnectionSlots;
  /** Connections that have our settings, with the generation to which they belong. */
  private readonly generations = new WeakMap<PoolConnection, number>();
  private readonly open = new Set<PoolConnection>();
  /** Grows when the server is no longer to be trusted with what was opened before. */
  private generation = 0;
  private closed: Promise<void> | null = null;

  constructor(
    private readonly opened: OpenedSource,
    private readonly limits: MysqlLimits,
  ) {
    this.slots = new ConnectionSlots(limits.connections, limits.waiting, limits.acquireMs);
  }

  /**
   * Lends a connection to `work`. One that broke, hung, or belongs to a server that takes no changes any more is not lent again.
   * @throws PoolFullError when none is free in time, ImError `Unavailable` after `close`, the error of the driver when none can be
   *   opened, and what `work` throws
   */
  async use<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    if (this.closed !== null) {
      throw new ImError('Unavailable', 'This process has closed its database: it is ending.');
    }
    const giveBack = await this.slots.take();
    try {
      const { handle, runner } = await this.current();
      const connection = new MysqlConnection(handle, runner.manager, this.limits.statementMs);
      try {
        return await work(connection);
      } finally {
        this.takeBack(handle, connection);
        await runner.release();
      }
    } finally {
      giveBack();
    }
  }

  /** Waits for what runs; whatever the server does, not for long. */
  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async closeAll(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeMs);
    });
    await Promise.race([this.opened.source.destroy(), limit]);
    clearTimeout(timer);
    for (const handle of this.open) {
      handle.destroy();
    }
  }

  /** A connection of the current generation; older ones are closed on the way. */
  private async current(): Promise<{ handle: PoolConnection; runner: QueryRunner }> {
    for (;;) {
      const runner = this.opened.source.createQueryRunner();
      const handle = poolConnection(await runner.connect());
      const generation = this.generations.get(handle);
      if (generation === undefined) {
        try {
          await this.prepare(handle, runner);
        } catch (error) {
          handle.destroy();
          throw error;
        }
        return { handle, runner };
      }
      if (generation === this.generation) {
        return { handle, runner };
      }
      handle.destroy();
      await runner.release();
    }
  }

  private async prepare(handle: PoolConnection, runner: QueryRunner): Promise<void> {
    const { generation } = this;
    const connection = new MysqlConnection(handle, runner.manager, this.limits.connectMs);
    for (const setting of sessionSettings(this.limits.statementMs)) {
      await connection.command(setting);
    }
    this.generations.set(handle, generation);
    this.open.add(handle);
    handle.once('end', () => {
      this.open.delete(handle);
    });
  }

  private takeBack(handle: PoolConnection, { spoiltBy, isInTransaction }: MysqlConnection): void {
    if (spoiltBy === null && !isInTransaction) {
      return;
    }
    this.open.delete(handle);
    handle.destroy();
    if (spoiltBy !== null && spoiltBy !== 'lost') {
      // A server that hangs or became a copy does so on all its connections, and another one may have its name by now.
      this.generation++;
    }
  }
}

function poolConnection(value: unknown): PoolConnection {
  if (typeof value === 'object' && value !== null && 'execute' in value && 'release' in value) {
    return value as PoolConnection;
  }
  throw new Error('TypeORM has no connection.');
}
