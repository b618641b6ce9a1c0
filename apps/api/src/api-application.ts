import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ApiModule } from './api.module.js';
import type { ApiDependencies } from './dependencies.js';
import { readRawBodies } from './http/content-type.js';
import { enableCors } from './http/cors.js';
import { PublicUrl, withoutFinalSlash } from './http/public-url.js';
import { readRefusedBodies } from './http/refused-bodies.js';
import { RouteTable } from './http/route-table.js';
import { RoutingFilter } from './http/routing-filter.js';
import { readTlsOptions } from './http/tls-options.js';
import { answerBadPath, answerBrokenRequest } from './http/transport-errors.js';

/** A running API. */
export interface ListeningServer {
  /** Where clients reach it. */
  url: string;
  /** Accepts no more and finishes the answers under way. */
  close(): Promise<void>;
}

/** Longest path segment: comma lists of VM numbers, some thousands of them, and property names. */
const maxParamLength = 65_536;

/** While the server ends, connections without a request are closed this often. */
const closeIdleMs = 100;

/** A client may take this much longer than REST_REQUEST_TIMEOUT to send its request. */
const longestSlackMs = 5_000;

/** Starts the REST API (spec: rest-api.md 1.1). @throws the error of `listen`, e.g. with code EADDRINUSE */
export async function startApi(dependencies: ApiDependencies): Promise<ListeningServer> {
  const application = await createApiApplication(dependencies);
  const { REST_ADDRESS, REST_PORT, REST_SSL } = dependencies.config;
  try {
    await application.listen({ host: REST_ADDRESS, port: REST_PORT });
  } catch (error) {
    await application.close();
    throw error;
  }
  const host = REST_ADDRESS.includes(':') ? `[${REST_ADDRESS}]` : REST_ADDRESS;
  return {
    url: `${REST_SSL ? 'https' : 'http'}://${host}:${REST_PORT}`,
    close: () => closeAll(application),
  };
}

/** Clients keep connections open after their answer, and a server ends with its last connection. */
async function closeAll(application: NestFastifyApplication): Promise<void> {
  const server = application.getHttpServer();
  const closer = setInterval(() => {
    server.closeIdleConnections();
  }, closeIdleMs);
  try {
    await application.close();
  } finally {
    clearInterval(closer);
  }
}

/** The application before it listens. */
export async function createApiApplication(dependencies: ApiDependencies): Promise<NestFastifyApplication> {
  const { config, logger } = dependencies;
  const routes = new RouteTable();
  const rootPath = withoutFinalSlash(config.REST_ROOT_PATH);
  const adapter = new FastifyAdapter({
    bodyLimit: config.REST_MAX_BODY_SIZE,
    requestTimeout: config.REST_REQUEST_TIMEOUT * 1000,
    genReqId: requestIds(),
    routerOptions: { maxParamLength, ignoreTrailingSlash: true },
    rewriteUrl: (request) => withoutRoot(request.url ?? '/', rootPath),
    frameworkErrors: answerBadPath,
    clientErrorHandler: answerBrokenRequest,
    http: connectionLimits(config),
    ...(config.REST_SSL ? { https: { ...readTlsOptions(config), ...connectionLimits(config) } } : {}),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.addHook('onRoute', (route) => {
    routes.add(route.url, [route.method].flat());
  });
  readRawBodies(fastify);
  readRefusedBodies(fastify, config.REST_MAX_BODY_SIZE);
  observe(fastify, dependencies);
  if (config.ENABLE_CORS) {
    enableCors(fastify, config.CORS_ORIGIN);
  }
  const application = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(dependencies),
    adapter,
    {
      bodyParser: false,
      logger: false,
      abortOnError: false,
    },
  );
  application.useGlobalFilters(new RoutingFilter(routes, logger));
  await application.init();
  return application;
}

function withoutRoot(url: string, root: string): string {
  if (root === '' || !(url === root || url.startsWith(`${root}/`) || url.startsWith(`${root}?`))) {
    return url;
  }
  const rest = url.slice(root.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Node looks for clients that are too slow only twice a minute unless told otherwise, and takes the longer of its two limits for the
 * whole request, so that of the headers must not stay at its minute.
 */
function connectionLimits(config: ApiDependencies['config']): object {
  const requestTimeout = config.REST_REQUEST_TIMEOUT * 1000;
  return {
    maxHeaderSize: config.MAX_HEADER_SIZE,
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, 60_000),
    connectionsCheckingInterval: Math.min(requestTimeout, longestSlackMs),
  };
}

/** Ids that no other process and no other run gives: a random part, and the number of the request. */
function requestIds(): () => string {
  const prefix = randomBytes(8).toString('hex');
  let requests = 0;
  return () => `${prefix}-${(++requests).toString(36)}`;
}

/** Request ids, access log and figures. */
function observe(fastify: FastifyInstance, { config, logger, metrics }: ApiDependencies): void {
  const publicUrl = PublicUrl.of(config);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { elapsedTime } = reply;
    metrics.httpRequest(request.method, route, reply.statusCode, elapsedTime / 1000);
    logger.info('request', {
      requestId: request.id,
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      ms: Math.round(elapsedTime),
      client: publicUrl.client(request),
    });
    done();
  });
}

function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}
