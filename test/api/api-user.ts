import type { IncomingHttpHeaders } from 'node:http';
import http from 'node:http';
import { authorizationOf } from '../servers/rest-client.js';
import { until } from '../servers/until.js';

/** An answer as it came over the wire. */
export interface HttpAnswer {
  status: number;
  /** Media type without its parameters; empty when there is none. */
  type: string;
  text: string;
  headers: IncomingHttpHeaders;
}

export interface HttpRequest {
  /** Accept; none is sent when absent. */
  accept?: string;
  /** Content-Type; none is sent when absent. */
  type?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Instead of the user's own; null: none. */
  authorization?: string | null;
  /** Connections to use again. */
  agent?: http.Agent;
}

/** One request with exactly this path and these headers: nothing is added but Host and the length of the body. */
function exchange(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer | undefined,
  agent: http.Agent | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const { hostname, port } = new URL(base);
    const request = http.request({
      hostname,
      port,
      path,
      method,
      headers: { ...headers, ...(bytes === undefined ? {} : { 'content-length': bytes.length }) },
      ...(agent === undefined ? {} : { agent }),
    });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.once('error', reject);
      response.once('end', () => {
        const type = (response.headers['content-type'] ?? '').split(';')[0] ?? '';
        resolve({ status: response.statusCode ?? 0, type, text, headers: response.headers });
      });
    });
    request.end(bytes);
  });
}

/** What one user does over HTTP; the user has the Dummy cloud unless told otherwise. */
export class ApiUser {
  readonly authorization: string;

  constructor(
    readonly url: string,
    readonly name: string,
    clouds: readonly string[] = ['id = dummy; type = Dummy'],
  ) {
    this.authorization = authorizationOf(name, clouds);
  }

  call(method: string, path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const { accept, type, body, headers = {}, authorization = this.authorization, agent } = request;
    const given: Record<string, string> = {
      ...(authorization === null ? {} : { authorization }),
      ...(accept === undefined ? {} : { accept }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    };
    return exchange(this.url, method, path, given, body, agent);
  }

  get(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    return this.call('GET', path, request);
  }

  post(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    return this.call('POST', path, request);
  }

  put(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    return this.call('PUT', path, request);
  }

  delete(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    return this.call('DELETE', path, request);
  }

  /** @returns the path of a new infrastructure that is configured. @throws Error with the answer when it is refused */
  async create(body: string, query = ''): Promise<string> {
    const answer = await this.post(`/infrastructures${query}`, { body });
    if (answer.status !== 200) {
      throw new Error(`The infrastructure was refused with ${answer.status}: ${answer.text}`);
    }
    const path = `/infrastructures/${answer.text.split('/').at(-1) ?? ''}`;
    await this.untilState(path, 'configured');
    return path;
  }

  /** State of an infrastructure, or the status of an answer that has none. */
  async state(path: string): Promise<string> {
    const { status, text } = await this.get(`${path}/state`);
    return /"state":"([a-z]+)"/.exec(text)?.[1] ?? String(status);
  }

  /** Waits for a state, or for a status such as 404. */
  async untilState(path: string, wanted: string): Promise<void> {
    await until(
      () => this.state(path),
      (state) => state === wanted,
    );
  }

  /** Numbers of the VMs of an infrastructure. */
  async vms(path: string): Promise<string[]> {
    return lastSegments((await this.get(path)).text);
  }

  /** Ids of the infrastructures of the user. */
  async ids(query = ''): Promise<string[]> {
    return lastSegments((await this.get(`/infrastructures${query}`)).text);
  }
}

/** Last path segments of a list of URIs. */
export function lastSegments(list: string): string[] {
  return list === '' ? [] : list.split('\n').map((uri) => uri.split('/').at(-1) ?? '');
}
