import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { send } from './endpoints.js';
import { errorAnswer } from './error-answer.js';

/** Answers a path that no router understands: one with a broken percent escape, or with a segment that is too long. */
export function answerBadPath(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  send(reply, errorAnswer(request.headers.accept, error.statusCode ?? 400, error.message));
}

/** By code of Node's HTTP parser; anything else is a bad request. */
const brokenRequests: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are larger than this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/**
 * Answers what is no HTTP request, comes too slowly, or has headers above MAX_HEADER_SIZE: in JSON, since no Accept is known. The
 * connection is closed.
 */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = brokenRequests[error.code ?? ''] ?? [400, 'This is no HTTP request.'];
  const body = JSON.stringify({ message, code: status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
