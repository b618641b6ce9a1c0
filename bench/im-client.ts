import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

/** Auth line of the user of all benchmarks; `clouds` are further lines. */
export function authorization(...clouds: string[]): string {
  return ['id = im; type = InfrastructureManager; username = bench; password = bench', ...clouds].join('\\n');
}

export const dummyCloud = 'id = dummy; type = Dummy';

/** VMs that are configured as soon as they are launched. */
export function dummyRadl(vms: number): string {
  return [
    "network net (outbound = 'yes')",
    'system node (',
    "  cpu.count >= 1 and memory.size >= 512M and net_interface.0.connection = 'net' and",
    "  disk.0.os.name = 'linux' and disk.0.image.url = 'mock0://linux.for.ev.er'",
    ')',
    'contextualize ()',
    `deploy node ${vms}`,
  ].join('\n');
}

const stateAnswer = z.object({
  state: z.object({ state: z.string(), vm_states: z.record(z.string(), z.string()) }),
});

/** A client of the REST API, as a user would write it. */
export class ImClient {
  constructor(
    readonly baseUrl: string,
    readonly authorization: string,
  ) {}

  /** Creates an infrastructure and waits until its VMs are launched. @returns its URL */
  async create(radl: string, timeoutMs = 60_000): Promise<string> {
    return (await this.send('POST', `${this.baseUrl}/infrastructures`, timeoutMs, radl)).trim();
  }

  async destroy(infrastructureUrl: string, timeoutMs = 60_000): Promise<void> {
    await this.send('DELETE', infrastructureUrl, timeoutMs);
  }

  /** @throws Error with the answer of a request that is not answered with 200 */
  get(url: string, timeoutMs = 30_000): Promise<string> {
    return this.send('GET', url, timeoutMs);
  }

  /** State of an infrastructure, and of its VMs. */
  async state(infrastructureUrl: string): Promise<{ state: string; vm_states: Record<string, string> }> {
    return stateAnswer.parse(JSON.parse(await this.get(`${infrastructureUrl}/state`))).state;
  }

  /** Waits for the end of the contextualization. @throws Error with the log when it does not end well */
  async untilConfigured(infrastructureUrl: string, timeoutMs: number, pollMs = 50): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const { state } = await this.state(infrastructureUrl);
      if (state === 'configured') {
        return;
      }
      if (['unconfigured', 'failed'].includes(state) || Date.now() > until) {
        throw new Error(`It is ${state}:\n${(await this.get(`${infrastructureUrl}/contmsg`)).slice(-3000)}`);
      }
      await pause(pollMs);
    }
  }

  private async send(method: string, url: string, timeoutMs: number, body?: string): Promise<string> {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'text/plain' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) {
      throw new Error(`${method} ${url} was answered ${response.status}: ${text.slice(0, 500)}`);
    }
    return text;
  }
}
