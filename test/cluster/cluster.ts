import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../servers/free-port.js';
import type { HaproxyServer } from '../servers/haproxy.js';
import { haproxyCommand, haproxyServer, mostReplicas } from '../servers/haproxy.js';
import type { RedisServer } from '../servers/redis.js';
import { redisServer } from '../servers/redis.js';
import { ensureBuilt, mainOf, projectFolder } from './built-code.js';
import type { ClusterSecrets } from './cluster-folder.js';
import { ClusterFolder } from './cluster-folder.js';
import type { MariadbServer } from './mariadb-server.js';
import { mariadbServer } from './mariadb-server.js';
import { pathOf } from './programs.js';
import type { ServerDefinition, ServerEntry } from './server-process.js';
import { ServerProcess } from './server-process.js';

export interface ClusterOptions {
  /** Replicas of the API; at most 6 at a time. */
  api: number;
  workers: number;
  /** Whether HAProxy sends requests of one infrastructure to the same replica; on by default. */
  stickiness?: boolean;
  /** Options of api and worker (`IM_...`); those that begin with `IM_PROXY_` are for HAProxy. */
  env?: Readonly<Record<string, string>>;
  /** Folder of data and logs, kept by `stop`; by default a temporary one, removed by `stop`. */
  dir?: string;
  /** Port of HAProxy; by default a free one. */
  port?: number;
  /** Called whenever a process started or ended. */
  onChange?: (cluster: Cluster, ended: ServerEntry | null) => void;
}

/** Options that a cluster gives to its replicas and workers; `env` goes before them. */
export const fixedOptions: readonly string[] = [
  'IM_DATA_DB',
  'IM_REDIS_URL',
  'IM_ENCRYPTION_KEY',
  'IM_DATA_DIR',
  'IM_LOG_FORMAT',
  'IM_LOG_FILE',
  'IM_REST_ADDRESS',
  'IM_REST_PORT',
  'IM_WORKER_ADDRESS',
  'IM_WORKER_PORT',
  'IM_TRUSTED_PROXIES',
];

type AppKind = 'api' | 'worker';

/** One process may be given options of its own. */
type Env = Readonly<Record<string, string>>;

/**
 * Starts MariaDB, Redis, HAProxy, API replicas and workers as processes on 127.0.0.1 and waits until all of them serve.
 * @throws MissingProgramError, or Error with the output of what does not start
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  for (const program of ['mariadbd', 'redis-server', 'haproxy']) {
    pathOf(program);
  }
  await ensureBuilt();
  const cluster = await Cluster.prepare(options);
  try {
    await cluster.start(options.api, options.workers);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A whole cluster on this machine. Its processes are named mariadb, redis, haproxy, api-1, api-2 ..., worker-1, worker-2 ... */
export class Cluster {
  private readonly servers = new Map<string, ServerProcess>();
  private readonly counts: Record<AppKind, number> = { api: 0, worker: 0 };
  private stopping = false;
  private sticky: boolean;
  private readonly killAllNow = () => {
    for (const server of this.servers.values()) {
      server.killNow();
    }
  };

  private constructor(
    private readonly options: ClusterOptions,
    private readonly folder: ClusterFolder,
    private readonly secrets: ClusterSecrets,
    private readonly database: MariadbServer,
    private readonly redis: RedisServer,
    private readonly haproxy: HaproxyServer,
  ) {
    this.sticky = options.stickiness ?? true;
    process.once('exit', this.killAllNow);
  }

  /** Prepares folders and the three servers; use `startCluster`. */
  static async prepare(options: ClusterOptions): Promise<Cluster> {
    const folder = new ClusterFolder(options.dir ?? mkdtempSync(join(tmpdir(), 'im-cluster-')));
    const secrets = folder.secrets();
    const ports = {
      mariadb: await freePort(),
      redis: await freePort(),
      haproxy: options.port ?? (await freePort()),
    };
    const database = await mariadbServer(folder.of('mariadb'), ports.mariadb, {
      service: secrets.database,
      administrator: secrets.administrator,
    });
    const redis = redisServer(folder.of('redis'), ports.redis, secrets.redis);
    const haproxy = haproxyServer(
      projectFolder,
      folder.of('haproxy'),
      { clients: ports.haproxy, stats: await freePort(), peers: await freePort() },
      chosen(options.env, (name) => name.startsWith('IM_PROXY_')),
    );
    const cluster = new Cluster(options, folder, secrets, database, redis, haproxy);
    const definition = (name: 'mariadb' | 'redis' | 'haproxy') => ({
      name,
      kind: name,
      port: ports[name],
      env: {},
      log: folder.logOf(name),
    });
    cluster.define({ ...definition('mariadb'), ...database });
    cluster.define({ ...definition('redis'), program: pathOf('redis-server'), ...redis });
    cluster.define({ ...definition('haproxy'), program: pathOf('haproxy'), ...haproxy });
    return cluster;
  }

  /** Of HAProxy. */
  get url(): string {
    return this.haproxy.url;
  }

  /** Of every replica, in the order of their names. */
  get replicaUrls(): string[] {
    return this.ofKind('api').map(({ entry }) => `http://127.0.0.1:${entry.port}`);
  }

  /** Where health and figures of every worker are, in the order of their names. */
  get workerUrls(): string[] {
    return this.ofKind('worker').map(({ entry }) => `http://127.0.0.1:${entry.port}`);
  }

  /** DATA_DB of the service. */
  get databaseUrl(): string {
    return this.database.url;
  }

  /** REDIS_URL of the service. */
  get redisUrl(): string {
    return this.redis.url;
  }

  get dir(): string {
    return this.folder.path;
  }

  /** All processes that were started, also those that do not run at the moment. */
  get processes(): ServerEntry[] {
    return [...this.servers.values()].map(({ entry }) => entry).filter(({ pid }) => pid > 0);
  }

  /** @throws Error when there is no process of this name */
  process(name: string): ServerEntry {
    return this.named(name).entry;
  }

  /** Whether the process runs now. */
  runs(name: string): boolean {
    return this.named(name).runs;
  }

  /** Starts everything. @throws Error when something does not start, or `stop` is called meanwhile */
  async start(api: number, workers: number): Promise<void> {
    await this.startAll([this.named('mariadb'), this.named('redis')]);
    const kinds = [
      ...Array.from({ length: api }, () => 'api' as const),
      ...Array.from({ length: workers }, () => 'worker' as const),
    ];
    const apps: ServerProcess[] = [];
    for (const kind of kinds) {
      apps.push(await this.defineApp(kind, {}));
    }
    await this.startAll(apps);
    this.configureProxy();
    await this.startAll([this.named('haproxy')]);
  }

  /**
   * Sends a signal, by default SIGKILL, and waits for the end of the process when the signal ends it.
   * @returns the exit code; null after SIGKILL, and for signals that end nothing
   */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const server = this.named(name);
    server.signal(signal);
    return ['SIGKILL', 'SIGTERM', 'SIGINT'].includes(signal) ? server.untilEnded() : null;
  }

  /** The process stands still, with all its connections (SIGSTOP). */
  freeze(name: string): Promise<void> {
    return this.named(name).freeze();
  }

  thaw(name: string): void {
    this.named(name).signal('SIGCONT');
  }

  /**
   * Starts a process again under its name and port; one that runs is asked to end before (SIGTERM).
   * @param wait whether to wait until it serves
   */
  async restart(name: string, { wait = true }: { wait?: boolean } = {}): Promise<void> {
    const server = this.named(name);
    await server.stop();
    this.startServer(server);
    if (wait) {
      await server.untilReady();
    }
  }

  /** Waits until a process serves, for instance after `thaw`. */
  untilReady(name: string): Promise<void> {
    return this.named(name).untilReady();
  }

  /** Starts one more replica and tells HAProxy, which is reloaded. @returns its name */
  async addApi(env: Env = {}): Promise<string> {
    if (this.ofKind('api').length >= mostReplicas) {
      throw new Error(`haproxy.cfg names at most ${mostReplicas} replicas one by one.`);
    }
    const name = await this.add('api', env);
    await this.reloadProxy();
    return name;
  }

  /** Starts one more worker. @returns its name */
  addWorker(env: Env = {}): Promise<string> {
    return this.add('worker', env);
  }

  /** Takes a replica or worker away in good order: HAProxy forgets a replica first, then it is asked to end. */
  async remove(name: string): Promise<void> {
    const server = this.named(name);
    this.servers.delete(name);
    if (server.entry.kind === 'api') {
      await this.reloadProxy();
    }
    await server.stop();
    this.changed(null);
  }

  /** Switches the stickiness of HAProxy on or off; what it learned stays. */
  async setStickiness(on: boolean): Promise<void> {
    this.sticky = on;
    await this.reloadProxy();
  }

  /** HAProxy reads its configuration again: a new process takes over, the old one finishes what it has. */
  async reloadProxy(): Promise<void> {
    this.configureProxy();
    const before = await this.haproxyPid();
    for (let count = 0; count < 400; count++) {
      // A signal that comes while the one before is worked on is lost.
      if (count % 40 === 0) {
        this.named('haproxy').signal('SIGUSR2');
      }
      await pause(25);
      const now = await this.haproxyPid();
      if (now !== undefined && now !== before) {
        return;
      }
    }
    throw new Error(`HAProxy does not reload:\n${this.logs('haproxy')}`);
  }

  /** Runs a statement in the database of the service, with all rights. */
  sql(query: string): Promise<Record<string, unknown>[]> {
    return this.database.query(query);
  }

  /** A session in the database of the service, with all rights; whoever asks for it ends it. */
  sqlSession(): ReturnType<MariadbServer['connect']> {
    return this.database.connect();
  }

  /** All output of a process since its first start. */
  logs(name: string): string {
    return this.named(name).logs();
  }

  /** Ends all processes, those that clients use first, and removes the folder unless it was given. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const kinds of [['haproxy'], ['api', 'worker'], ['redis', 'mariadb']]) {
      const servers = [...this.servers.values()].filter(({ entry }) => kinds.includes(entry.kind));
      await Promise.all(servers.map((server) => server.stop()));
    }
    process.off('exit', this.killAllNow);
    this.folder.show([]);
    if (this.options.dir === undefined && existsSync(this.folder.path)) {
      rmSync(this.folder.path, { recursive: true, force: true });
    }
  }

  private async add(kind: AppKind, env: Env): Promise<string> {
    const server = await this.defineApp(kind, env);
    await this.startAll([server]);
    return server.entry.name;
  }

  private async startAll(servers: readonly ServerProcess[]): Promise<void> {
    servers.forEach((server) => this.startServer(server));
    await Promise.all(servers.map((server) => server.untilReady()));
  }

  private startServer(server: ServerProcess): void {
    if (this.stopping) {
      throw new Error('The cluster is being stopped.');
    }
    server.start();
    this.changed(null);
  }

  private async defineApp(kind: AppKind, env: Env): Promise<ServerProcess> {
    const name = `${kind}-${++this.counts[kind]}`;
    const port = await freePort();
    return this.define({
      name,
      kind,
      port,
      program: process.execPath,
      args: [mainOf(kind)],
      env: {
        ...this.appEnv(name, port),
        ...chosen(this.options.env, (key) => !key.startsWith('IM_PROXY_')),
        ...env,
      },
      log: this.folder.logOf(name),
      isReady: () => isHealthy(port),
    });
  }

  private appEnv(name: string, port: number): Record<string, string> {
    return {
      IM_DATA_DB: this.database.url,
      IM_REDIS_URL: this.redis.url,
      IM_ENCRYPTION_KEY: this.secrets.encryptionKey,
      IM_DATA_DIR: this.folder.of(name),
      IM_LOG_FORMAT: 'json',
      IM_LOG_FILE: '',
      IM_REST_ADDRESS: '127.0.0.1',
      IM_REST_PORT: String(port),
      IM_WORKER_ADDRESS: '127.0.0.1',
      IM_WORKER_PORT: String(port),
      IM_TRUSTED_PROXIES: '127.0.0.1',
    };
  }

  private define(definition: ServerDefinition): ServerProcess {
    const server = new ServerProcess(definition, ({ entry }) => this.changed(entry));
    this.servers.set(definition.name, server);
    return server;
  }

  /** Of the process that serves; undefined when none does. */
  private async haproxyPid(): Promise<string | undefined> {
    const info = await haproxyCommand(this.haproxy.socket, 'show info').catch(() => '');
    return /^Pid: (\d+)$/mu.exec(info)?.[1];
  }

  private configureProxy(): void {
    this.haproxy.configure(
      this.ofKind('api').map(({ entry }) => entry.port),
      this.sticky,
    );
  }

  private changed(ended: ServerEntry | null): void {
    this.folder.show(this.processes);
    this.options.onChange?.(this, ended);
  }

  private ofKind(kind: AppKind): ServerProcess[] {
    return [...this.servers.values()].filter(({ entry }) => entry.kind === kind);
  }

  private named(name: string): ServerProcess {
    const server = this.servers.get(name);
    if (server === undefined) {
      throw new Error(`The cluster has no process ${name}, but ${[...this.servers.keys()].join(', ')}.`);
    }
    return server;
  }
}

function chosen(env: Env = {}, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)));
}

async function isHealthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
