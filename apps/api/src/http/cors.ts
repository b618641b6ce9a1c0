import type { FastifyInstance } from 'fastify';

const allowedHeaders =
  'Accept, Accept-Language, Authorization, Content-Language, Content-Type, Idempotency-Key, Origin';
const allowedMethods = 'DELETE, GET, HEAD, OPTIONS, POST, PUT';

/**
 * Cross-origin requests from browsers (spec: rest-api.md 12). With `*` no credentials are allowed: the login is a header that pages
 * send themselves.
 */
export function enableCors(fastify: FastifyInstance, origin: string): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const asked = request.headers.origin;
    reply.header('vary', 'Origin');
    if (asked === undefined) {
      return;
    }
    const allowed = origin === '*' || origin === asked;
    if (allowed) {
      reply.header('access-control-allow-origin', origin === '*' ? '*' : asked);
      reply.header('access-control-expose-headers', 'InfID, X-Request-Id');
      if (origin !== '*') {
        reply.header('access-control-allow-credentials', 'true');
      }
    }
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      reply.header('access-control-allow-methods', allowedMethods);
      reply.header('access-control-allow-headers', allowedHeaders);
      reply.header('access-control-max-age', '600');
      reply.type('text/plain; charset=utf-8');
      const refusal = allowed
        ? refusedHeader(request.headers['access-control-request-headers'])
        : 'Disallowed CORS origin';
      await reply.code(refusal === null ? 200 : 400).send(refusal ?? 'OK');
    }
  });
}

function refusedHeader(wanted: string | undefined): string | null {
  const known = allowedHeaders.toLowerCase().split(', ');
  const unknown = (wanted ?? '')
    .split(',')
    .some((name) => name.trim() !== '' && !known.includes(name.trim().toLowerCase()));
  return unknown ? 'Disallowed CORS headers' : null;
}
