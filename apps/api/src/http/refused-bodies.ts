import type { FastifyInstance } from 'fastify';

/** Of a body that is larger than the limit this many times the limit is still taken, and thrown away. */
const takenAnyway = 10;

/**
 * A client that is told 413 while it sends must be able to read that: if the connection were closed with unread data, its system would
 * throw the answer away. So the rest of the body is read and dropped, unless it is out of all proportion.
 * @param limit REST_MAX_BODY_SIZE in bytes
 */
export function readRefusedBodies(fastify: FastifyInstance, limit: number): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const length = Number(request.headers['content-length']);
    if (reply.statusCode === 413 && length <= limit * takenAnyway) {
      reply.removeHeader('connection');
      request.raw.resume();
    }
    done(null, payload);
  });
}
