import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';

const createBody = z.object({
  Image: z.string(),
  Labels: z.record(z.string(), z.string()).default({}),
  NetworkingConfig: z.object({ EndpointsConfig: z.record(z.string(), z.unknown()).default({}) }).optional(),
});
const namedBody = z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).default({}) });
const connectBody = z.object({ Container: z.string() });
const filterSchema = z.object({ label: z.array(z.string()).default([]) });

interface FakeContainer {
  Id: string;
  name: string;
  image: string;
  labels: Record<string, string>;
  status: 'created' | 'running' | 'exited';
  networks: Set<string>;
  /** Its authorized keys were written. */
  prepared: boolean;
}

interface FakeNetwork {
  Id: string;
  Name: string;
  Labels: Record<string, string>;
  Driver: string;
  Created: string;
}

interface FakeAnswer {
  status: number;
  body?: unknown;
}

const done: FakeAnswer = { status: 204 };

/**
 * As much of the Docker Engine API (1.45) as a cloud of type Docker uses, over objects in memory: what was asked for exists here and
 * nowhere else. No container of it ever opens SSH.
 */
export class FakeDockerEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Map<string, FakeNetwork>();
  readonly volumes = new Map<string, Record<string, string>>();
  readonly images = new Set(['im-test:1']);
  /** Names of all containers that were ever made. */
  readonly made: string[] = [];

  /** Handler of an HTTP server. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.answer(request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      },
      (error: unknown) => {
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ message: String(error) }));
      },
    );
  };

  /** Ends a container behind everybody's back, as its own crash would. */
  crash(nameOrId: string): void {
    const container = this.container(nameOrId);
    if (container !== undefined) {
      container.status = 'exited';
    }
  }

  private async answer(request: IncomingMessage): Promise<FakeAnswer> {
    const body = await bodyOf(request);
    const url = new URL(request.url ?? '/', 'http://engine');
    const [kind = '', ...rest] = url.pathname
      .replace(/^\/v\d+\.\d+/u, '')
      .slice(1)
      .split('/');
    const call = {
      method: request.method ?? 'GET',
      rest: rest.map(decodeURIComponent),
      query: url.searchParams,
      body,
    };
    switch (kind) {
      case 'version':
        return { status: 200, body: { ApiVersion: '1.45' } };
      case 'info':
        return { status: 200, body: { NCPU: 64, MemTotal: 256e9, ContainersRunning: this.containers.size } };
      case 'images':
        return this.imageCall(call);
      case 'containers':
        return this.containerCall(call);
      case 'networks':
        return this.networkCall(call);
      case 'volumes':
        return this.volumeCall(call);
      default:
        return missing('page');
    }
  }

  private imageCall({ method, rest, query }: FakeCall): FakeAnswer {
    if (method === 'POST' && rest[0] === 'create') {
      const name = `${query.get('fromImage')}:${query.get('tag')}`;
      const message = `manifest for ${name} not found: manifest unknown`;
      return { status: 200, body: { errorDetail: { message }, error: message } };
    }
    if (rest[0] === 'json') {
      return { status: 200, body: [...this.images].map((tag) => ({ RepoTags: [tag] })) };
    }
    const name = rest.slice(0, -1).join('/');
    return this.images.has(name) ? { status: 200, body: { Id: `sha256:${name}` } } : missing('image');
  }

  private containerCall(call: FakeCall): FakeAnswer {
    const { method, rest, query, body } = call;
    const [id = '', action = ''] = rest;
    if (id === 'create') {
      return this.createContainer(query.get('name') ?? '', createBody.parse(JSON.parse(body.toString())));
    }
    if (id === 'json') {
      const wanted = labelsIn(query);
      return {
        status: 200,
        body: [...this.containers.values()].filter(({ labels }) => hasAll(labels, wanted)).map(listed),
      };
    }
    const container = this.container(id);
    if (container === undefined) {
      return missing('container');
    }
    if (method === 'DELETE') {
      this.containers.delete(container.Id);
      return done;
    }
    return changed(container, method, action);
  }

  private createContainer(name: string, wanted: z.infer<typeof createBody>): FakeAnswer {
    if (this.container(name) !== undefined) {
      return { status: 409, body: { message: `The container name "/${name}" is already in use.` } };
    }
    const networks = Object.keys(wanted.NetworkingConfig?.EndpointsConfig ?? {});
    if (networks.some((network) => this.network(network) === undefined)) {
      return missing('network');
    }
    const container: FakeContainer = {
      Id: newId(),
      name,
      image: wanted.Image,
      labels: wanted.Labels,
      status: 'created',
      networks: new Set(networks.length === 0 ? ['bridge'] : networks),
      prepared: false,
    };
    this.containers.set(container.Id, container);
    this.made.push(name);
    return { status: 201, body: { Id: container.Id, id: container.Id } };
  }

  private networkCall({ method, rest, query, body }: FakeCall): FakeAnswer {
    const [id = '', action = ''] = rest;
    if (id === 'create') {
      const { Name, Labels } = namedBody.parse(JSON.parse(body.toString()));
      const network: FakeNetwork = {
        Id: newId(),
        Name,
        Labels,
        Driver: 'bridge',
        Created: new Date().toISOString(),
      };
      this.networks.set(network.Id, network);
      return { status: 201, body: { Id: network.Id, id: network.Id } };
    }
    if (id === '') {
      const wanted = labelsIn(query);
      return {
        status: 200,
        body: [...this.networks.values()].filter(({ Labels }) => hasAll(Labels, wanted)),
      };
    }
    const network = this.network(id);
    if (network === undefined) {
      return missing('network');
    }
    if (method === 'DELETE') {
      const used = [...this.containers.values()].some(({ networks }) => networks.has(network.Name));
      if (used) {
        return { status: 403, body: { message: `network ${network.Name} has active endpoints` } };
      }
      this.networks.delete(network.Id);
      return done;
    }
    if (action === 'connect') {
      this.container(connectBody.parse(JSON.parse(body.toString())).Container)?.networks.add(network.Name);
      return { status: 200 };
    }
    return { status: 200, body: network };
  }

  private volumeCall({ method, rest, query, body }: FakeCall): FakeAnswer {
    const [name = ''] = rest;
    if (name === 'create') {
      const { Name, Labels } = namedBody.parse(JSON.parse(body.toString()));
      this.volumes.set(Name, Labels);
      return { status: 201, body: { Name } };
    }
    if (name === '') {
      const wanted = labelsIn(query);
      const found = [...this.volumes].filter(([, labels]) => hasAll(labels, wanted));
      return { status: 200, body: { Volumes: found.map(([Name, Labels]) => ({ Name, Labels })) } };
    }
    const labels = this.volumes.get(name);
    if (labels === undefined) {
      return missing('volume');
    }
    if (method === 'DELETE') {
      this.volumes.delete(name);
      return done;
    }
    return { status: 200, body: { Name: name, Labels: labels } };
  }

  private container(nameOrId: string): FakeContainer | undefined {
    return [...this.containers.values()].find(({ Id, name }) => Id === nameOrId || name === nameOrId);
  }

  private network(nameOrId: string): FakeNetwork | undefined {
    return [...this.networks.values()].find(({ Id, Name }) => Id === nameOrId || Name === nameOrId);
  }
}

interface FakeCall {
  method: string;
  /** Parts of the path after the kind of object. */
  rest: string[];
  query: URLSearchParams;
  body: Buffer;
}

function changed(container: FakeContainer, method: string, action: string): FakeAnswer {
  switch (action) {
    case 'json':
      return { status: 200, body: inspected(container) };
    case 'archive':
      if (method !== 'PUT') {
        return missing('file');
      }
      container.prepared = true;
      return { status: 200 };
    case 'start':
    case 'restart':
      container.status = 'running';
      return done;
    case 'stop':
      container.status = 'exited';
      return done;
    case 'update':
      return { status: 200, body: {} };
    default:
      return missing('action');
  }
}

function inspected(container: FakeContainer): object {
  return {
    Id: container.Id,
    Name: `/${container.name}`,
    State: { Status: container.status, ExitCode: 0 },
    Config: { Labels: container.labels },
    NetworkSettings: { Networks: endpoints(container), Ports: {} },
  };
}

function listed(container: FakeContainer): object {
  return {
    Id: container.Id,
    Names: [`/${container.name}`],
    State: container.status,
    Labels: container.labels,
    Ports: [],
    NetworkSettings: { Networks: endpoints(container) },
  };
}

/** Addresses of a block that leads nowhere (RFC 5737). */
function endpoints(container: FakeContainer): Record<string, { IPAddress: string }> {
  return Object.fromEntries([...container.networks].map((name) => [name, { IPAddress: '192.0.2.1' }]));
}

function labelsIn(query: URLSearchParams): string[] {
  return filterSchema.parse(JSON.parse(query.get('filters') ?? '{}')).label;
}

function hasAll(labels: Record<string, string>, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const [name = '', ...value] = text.split('=');
    return name in labels && (value.length === 0 || labels[name] === value.join('='));
  });
}

function missing(what: string): FakeAnswer {
  return { status: 404, body: { message: `No such ${what}` } };
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    parts.push(Buffer.from(part as Uint8Array));
  }
  return Buffer.concat(parts);
}
