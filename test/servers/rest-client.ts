import { until } from './until.js';

/** An answer as it came. */
export interface RestAnswer {
  status: number;
  text: string;
  headers: Headers;
}

export interface RestRequest {
  body?: string | Uint8Array;
  /** Content type of the body; plain RADL when absent. */
  type?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Header lines as one header: the line of the user, then those of clouds. */
export function authorizationOf(username: string, clouds: readonly string[]): string {
  const user = `id = im; type = InfrastructureManager; username = ${username}; password = ${username}-pass`;
  return [user, ...clouds].join('\\n');
}

/** A user of the REST API. */
export class RestClient {
  constructor(
    readonly url: string,
    readonly authorization: string,
  ) {}

  /** Never throws for a status. */
  async request(method: string, path: string, request: RestRequest = {}): Promise<RestAnswer> {
    const { body, type = 'text/plain', headers = {}, timeoutMs = 60_000 } = request;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** @returns the id of the new infrastructure. @throws Error with the answer when it is refused */
  async create(radl: string, query = ''): Promise<string> {
    const answer = await this.request('POST', `/infrastructures${query}`, { body: radl });
    if (answer.status !== 200) {
      throw new Error(`The infrastructure was refused with ${answer.status}: ${answer.text}`);
    }
    return answer.text.trim().split('/').at(-1) ?? '';
  }

  /** State of the infrastructure; the text of the answer when it has none. */
  async state(id: string): Promise<string> {
    const { text } = await this.request('GET', `/infrastructures/${id}/state`);
    const found = /"state":\s*"(?<state>[a-z]+)"/u.exec(text);
    return found?.groups?.['state'] ?? text;
  }

  /** Waits for one of the states. */
  untilState(id: string, states: readonly string[], limitMs?: number): Promise<string> {
    return until(
      () => this.state(id),
      (state) => states.includes(state),
      limitMs,
    );
  }

  async contmsg(id: string): Promise<string> {
    return (await this.request('GET', `/infrastructures/${id}/contmsg`)).text;
  }

  /** Ids of the infrastructures of this user. */
  async ids(): Promise<string[]> {
    const { text } = await this.request('GET', '/infrastructures');
    return lastParts(text);
  }

  /** Numbers of the VMs of an infrastructure. */
  async vms(id: string): Promise<string[]> {
    return lastParts((await this.request('GET', `/infrastructures/${id}`)).text);
  }

  destroy(id: string, query = ''): Promise<RestAnswer> {
    return this.request('DELETE', `/infrastructures/${id}${query}`);
  }
}

function lastParts(list: string): string[] {
  return list
    .split('\n')
    .map((line) => line.trim().split('/').at(-1) ?? '')
    .filter((part) => part !== '');
}
