import { setTimeout as pause } from 'node:timers/promises';
import { inProject } from '../setup/paths.mjs';
import { CommandError } from './cluster.mjs';

export const CHART = inProject('helm/im');
const values = inProject('test/kubernetes/values.yaml');

/** The chart, installed as `im` in a namespace of the same name. */
export class Release {
  namespace = 'im';

  /** @param {import('./cluster.mjs').Cluster} cluster */
  constructor(cluster) {
    this.cluster = cluster;
  }

  kubectl(...args) {
    return this.cluster.kubectl('-n', this.namespace, ...args);
  }

  json(...args) {
    return this.cluster.json('-n', this.namespace, ...args);
  }

  /** `helm install`, with everything as in values.yaml but what test/kubernetes/values.yaml says. */
  install() {
    return this.#helm('install', '--create-namespace');
  }

  upgrade(...set) {
    return this.#helm('upgrade', '--reuse-values', ...set.flatMap((value) => ['--set', value]));
  }

  #helm(verb, ...more) {
    const where = ['im', CHART, '-n', this.namespace, '-f', values];
    return this.cluster.helm(verb, ...where, '--wait', '--timeout', '8m', ...more);
  }

  /** URL of the Service that clients use, from this machine, which carries the cluster. */
  async url() {
    const { spec } = await this.json('get', 'service', 'im');
    return `http://${spec.clusterIP}:${spec.ports[0].port}`;
  }

  /** Pods of a component that run and are not about to end. */
  async pods(component) {
    const { items } = await this.json('get', 'pods', '-l', `app.kubernetes.io/component=${component}`);
    return items
      .filter(
        ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running',
      )
      .map(({ metadata, status }) => ({
        name: metadata.name,
        address: status.podIP,
        ready: status.containerStatuses.every(({ ready }) => ready),
        restarts: status.containerStatuses[0].restartCount,
        container: status.containerStatuses[0].containerID?.replace('containerd://', ''),
      }));
  }

  async scaleWorkers(count) {
    await this.kubectl('scale', 'deployment/im-worker', `--replicas=${count}`);
    await this.kubectl('rollout', 'status', 'deployment/im-worker', '--timeout=180s');
    const limit = Date.now() + 60_000;
    for (;;) {
      const workers = await this.pods('worker');
      if (workers.length === count && workers.every(({ ready }) => ready)) {
        return;
      }
      if (Date.now() > limit) {
        throw new CommandError(`There are ${workers.length} workers, not ${count}.`);
      }
      await pause(500);
    }
  }

  /** Asks the database itself. @returns rows of columns, as texts */
  async sql(query) {
    const program =
      'exec mariadb -N -B -h 127.0.0.1 -u "$MYSQL_USER" -p"$(cat "$MYSQL_PASSWORD_FILE")" "$MYSQL_DATABASE" -e "$1"';
    const output = await this.kubectl('exec', 'im-mysql-0', '--', 'sh', '-c', program, 'sh', query);
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  }

  /** What is wrong in the database when nothing is under way: see the invariant of test/servers/leak-check.ts. */
  async leftBehind() {
    // An exported infrastructure goes on elsewhere: its rows stay as they were.
    const exported = "SELECT infrastructure_id FROM event WHERE kind = 'infrastructure.exported'";
    const dead = `infrastructure_id IN (SELECT id FROM infrastructure WHERE deleted_at IS NOT NULL AND id NOT IN (${exported}))`;
    const questions = {
      'open ledger rows of destroyed infrastructures': `SELECT COUNT(*) FROM cloud_resource WHERE ${dead} AND state <> 'gone'`,
      'living machines of destroyed infrastructures': `SELECT COUNT(*) FROM vm WHERE ${dead} AND status <> 'destroyed'`,
      'operations that have not ended':
        "SELECT COUNT(*) FROM operation WHERE state IN ('pending', 'running', 'cancelling')",
    };
    const wrong = [];
    for (const [what, query] of Object.entries(questions)) {
      const [[count]] = await this.sql(query);
      if (count !== '0') {
        wrong.push(`${count} ${what}`);
      }
    }
    return wrong;
  }
}
