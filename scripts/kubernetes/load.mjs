import { setTimeout as pause } from 'node:timers/promises';
import { ServiceClient } from './service-client.mjs';

/** Between two requests of one client: the load is to be steady, not the highest possible. */
const THINK_MS = 100;
/** Ends a load that nobody stops. */
const LONGEST_MS = 600_000;

/** Some clients that create, read, enlarge and destroy Dummy infrastructures one after another until they are stopped. */
export class Load {
  #stopping = false;
  failures = [];
  infrastructures = 0;

  /** @param {string} base URL of the service @param {number} clients */
  constructor(base, clients) {
    const until = Date.now() + LONGEST_MS;
    this.users = Array.from({ length: clients }, () => new ServiceClient(base));
    this.running = Promise.all(this.users.map((user) => this.#work(user, until)));
  }

  async #work(user, until) {
    while (!this.#stopping && Date.now() < until) {
      try {
        await this.#life(user);
        this.infrastructures++;
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${error.message}`);
        await pause(THINK_MS);
      }
    }
  }

  async #life(user) {
    const path = await user.create(2);
    await pause(THINK_MS);
    await user.becomes(path, 'configured');
    await user.call('GET', path);
    await pause(THINK_MS);
    await user.call('GET', `${path}/vms/0`);
    await user.call('GET', '/infrastructures');
    await pause(THINK_MS);
    await user.destroy(path);
    await user.call('GET', path, { wanted: 404 });
  }

  /** Waits until the lives that have begun are over. @returns figures, as a sentence */
  async stop() {
    this.#stopping = true;
    await this.running;
    const durations = this.users.flatMap(({ durations: own }) => own).sort((a, b) => a - b);
    const at = (share) => `${Math.round(durations[Math.floor((durations.length - 1) * share)] ?? 0)} ms`;
    return (
      `${durations.length} requests of ${this.users.length} clients, ${this.infrastructures} infrastructures, ` +
      `${this.failures.length} failed; median ${at(0.5)}, 99 % ${at(0.99)}, longest ${at(1)}`
    );
  }
}
