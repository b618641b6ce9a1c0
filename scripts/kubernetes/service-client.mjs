import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 500;

/** An answer that was not wanted, or none. */
export class RequestError extends Error {
  name = 'RequestError';
}

/** A RADL document that asks for so many Dummy machines. */
function dummies(count) {
  return `network net (outbound = 'yes')
system node (
  cpu.count = 1 and memory.size = 512M and
  disk.0.image.url = 'mock0://linux.for.ev.er' and net_interface.0.connection = 'net'
)
contextualize ()
deploy node ${count}`;
}

/** One user of the service, with a Dummy cloud. Every request is counted. */
export class ServiceClient {
  /** Milliseconds of each answered request. */
  durations = [];
  authorization = [
    `type = InfrastructureManager; username = ${randomBytes(6).toString('hex')}; password = ${randomBytes(9).toString('hex')}`,
    'id = dummy; type = Dummy',
  ].join('\\n');

  /** @param {string} base URL of the service */
  constructor(base) {
    this.base = base;
  }

  /** @returns body of the answer @throws RequestError when it does not have the wanted status */
  async call(method, path, { body, wanted = 200 } = {}) {
    const began = performance.now();
    let response;
    let text;
    try {
      response = await fetch(`${this.base}${path}`, {
        method,
        headers: {
          authorization: this.authorization,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'text/plain' }),
        },
        body,
      });
      text = await response.text();
    } catch (error) {
      throw new RequestError(`${method} ${path}: ${error.cause?.message ?? error.message}`);
    }
    this.durations.push(performance.now() - began);
    if (response.status !== wanted) {
      throw new RequestError(
        `${method} ${path}: ${response.status} instead of ${wanted}: ${text.slice(0, 300)}`,
      );
    }
    return text;
  }

  /** Creates an infrastructure of Dummy machines. @returns its path */
  async create(count, { asynchronous = false } = {}) {
    const query = asynchronous ? '?async=true' : '';
    const body = dummies(count);
    const { uri } = JSON.parse(await this.call('POST', `/infrastructures${query}`, { body }));
    return `/infrastructures/${uri.split('/').at(-1)}`;
  }

  /** @returns {Promise<{ state: string, vm_states: Record<string, string> }>} */
  async state(path) {
    return JSON.parse(await this.call('GET', `${path}/state`)).state;
  }

  /** Waits until an infrastructure has a state. @throws RequestError after the limit */
  async becomes(path, wanted, limitMs = 180_000) {
    const until = Date.now() + limitMs;
    for (;;) {
      const { state } = await this.state(path);
      if (state === wanted) {
        return;
      }
      if (Date.now() > until) {
        throw new RequestError(`${path} is still ${state} after ${limitMs} ms`);
      }
      await pause(POLL_MS);
    }
  }

  async destroy(path) {
    await this.call('DELETE', path);
  }
}
