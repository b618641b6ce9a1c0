import type { FastifyRequest } from 'fastify';

/** Body of a request as it came. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
