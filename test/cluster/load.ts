import { Agent } from 'node:http';
import { ApiUser } from '../api/api-user.js';
import { machines, more } from '../api/documents.js';
import { until } from '../servers/until.js';

/** Users that create, read, change and destroy infrastructures until they are told to stop. */
export class Load {
  /** Requests that were answered 200. */
  answered = 0;
  /** What else happened to a request. */
  readonly failures: string[] = [];
  private over = false;
  private readonly users: Promise<void>[];
  /** As from the command line: a connection for each request. */
  private readonly agent = new Agent({ keepAlive: false });

  /** @param users how many work at the same time */
  constructor(url: string, users: number) {
    this.users = Array.from({ length: users }, (_, index) => this.work(new ApiUser(url, `load-${index}`)));
  }

  /** Waits until `count` more requests were answered. */
  async untilMore(count: number): Promise<void> {
    const wanted = this.answered + count;
    await until(
      async () => ({ answered: this.answered, failures: this.failures }),
      ({ answered, failures }) => answered >= wanted || failures.length > 0,
      60_000,
    );
  }

  /** Lets every user finish and destroy what it has. @returns `failures` */
  async stop(): Promise<string[]> {
    this.over = true;
    await Promise.all(this.users);
    return this.failures;
  }

  private async work(user: ApiUser): Promise<void> {
    while (!this.over) {
      const created = await this.request(user, 'POST', '/infrastructures', machines());
      if (created !== null) {
        const path = new URL(created).pathname;
        await this.request(user, 'GET', `${path}/state`);
        await this.request(user, 'POST', path, more());
        await this.request(user, 'GET', `${path}/vms/1`);
        await this.request(user, 'DELETE', `${path}/vms/0`);
        await this.request(user, 'GET', path);
        await this.request(user, 'DELETE', path);
      }
    }
  }

  /** @returns the text of the answer; null when it is not 200 */
  private async request(user: ApiUser, method: string, path: string, body?: string): Promise<string | null> {
    try {
      const answer = await user.call(method, path, {
        agent: this.agent,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status === 200) {
        this.answered++;
        return answer.text;
      }
      this.failures.push(`${method} ${path}: ${answer.status} ${answer.text}`);
    } catch (error) {
      this.failures.push(`${method} ${path}: ${String(error)}`);
    }
    return null;
  }
}
