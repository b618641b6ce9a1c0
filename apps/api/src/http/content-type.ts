import type { FastifyInstance, FastifyRequest } from 'fastify';

const given = new WeakMap<object, string>();

/**
 * Bodies are read as they are; nothing may try to understand them earlier (spec: rest-api.md 1.1). The framework refuses content
 * types that it cannot read, lists among them, so it is shown one that it knows.
 */
export function readRawBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    if (headers['content-type'] !== undefined) {
      given.set(request.raw, headers['content-type']);
      headers['content-type'] = 'application/octet-stream';
    }
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}

/** The header Content-Type as the client sent it. */
export function contentTypeOf(request: FastifyRequest): string | undefined {
  return given.get(request.raw);
}
