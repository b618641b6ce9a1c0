import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../setup/free-port.mjs';
import { inProject, root } from '../setup/paths.mjs';
import { run } from '../setup/run.mjs';

const PROJECT = 'im-compose-test';
const HEALTHY_WITHIN_MS = 180_000;
/** Of the networks that Docker takes for its own: HAProxy is to believe what the test says of its way. */
const NEIGHBOURS = '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16';

/** docker-compose.yml as a project of its own, on a free port and with secrets of its own. */
export class Deployment {
  #folder = mkdtempSync(join(tmpdir(), `${PROJECT}-`));
  #env;

  /** @param {string[]} compose command of Docker Compose @param {number} port of HAProxy on this host */
  constructor(compose, port) {
    this.compose = compose;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = {
      ...process.env,
      IM_PORT: String(port),
      IM_SECRETS: join(this.#folder, 'secrets'),
      IM_PROXY_BEHIND: NEIGHBOURS,
    };
  }

  /** @param {string[]} compose as for the constructor */
  static async prepare(compose) {
    const deployment = new Deployment(compose, await freePort());
    await deployment.#must([
      'sh',
      inProject('deploy/compose/make-secrets.sh'),
      join(deployment.#folder, 'secrets'),
    ]);
    return deployment;
  }

  /** Output of `docker compose` with some words. @throws Error with it when the command fails */
  do(...words) {
    return this.#must([...this.compose, '--project-name', PROJECT, ...words]);
  }

  /** Output of `docker` with some words. @throws Error with it when the command fails */
  docker(...words) {
    return this.#must(['docker', ...words]);
  }

  /** Starts what is missing, or what is said. Images are built unless IM_IMAGE names one. */
  up(...words) {
    return this.do('up', '--detach', process.env.IM_IMAGE === undefined ? '--build' : '--no-build', ...words);
  }

  /** Full ids of the containers of some services. */
  async ids(...services) {
    return (await this.do('ps', '--quiet', ...services)).split('\n').filter((id) => id !== '');
  }

  /** Waits until the services have so many containers, and all of them are healthy. @throws Error after three minutes */
  async healthy(counts) {
    const end = Date.now() + HEALTHY_WITHIN_MS;
    for (;;) {
      const shown = await this.do('ps', '--format', '{{.Service}} {{.Status}}');
      const lines = shown.split('\n').filter((line) => line !== '');
      const areThere = Object.entries(counts).every(
        ([service, count]) => lines.filter((line) => line.startsWith(`${service} `)).length === count,
      );
      if (areThere && lines.every((line) => line.includes('(healthy)'))) {
        return;
      }
      if (Date.now() > end) {
        throw new Error(`Not all is healthy:\n${shown}`);
      }
      await pause(500);
    }
  }

  /** What Docker has of the project: containers, networks, volumes. */
  async remains() {
    const label = `label=com.docker.compose.project=${PROJECT}`;
    const lists = await Promise.all([
      this.docker('ps', '--all', '--quiet', '--filter', label),
      this.docker('network', 'ls', '--quiet', '--filter', label),
      this.docker('volume', 'ls', '--quiet', '--filter', label),
    ]);
    return lists.flatMap((list) => list.split('\n')).filter((id) => id !== '');
  }

  async remove() {
    await this.do('down', '--volumes', '--remove-orphans');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #must(command) {
    const { code, output } = await run(command, { collect: true, cwd: root, env: this.#env });
    if (code !== 0) {
      throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
    }
    return output;
  }
}
