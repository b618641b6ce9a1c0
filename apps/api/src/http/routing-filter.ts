import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, HttpException, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { send } from './endpoints.js';
import { errorAnswer, routingErrorAnswer } from './error-answer.js';
import type { RouteTable } from './route-table.js';

/** Answers what never reached an endpoint: unknown paths, wrong methods, OPTIONS, bodies that are too large. */
@Catch()
export class RoutingFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly logger: Logger,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof NotFoundException) {
      await this.routingError(request, reply);
      return;
    }
    const status = statusOf(error);
    if (status >= 500) {
      this.logger.error('request failed outside of an endpoint', { reason: messageOf(error) });
    }
    const text = status >= 500 ? `Internal error, reference ${request.id}.` : messageOf(error);
    send(reply, errorAnswer(request.headers.accept, status, text));
  }

  private async routingError(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const methods = this.routes.methodsOf(request.url.split('?')[0] ?? '');
    if (methods.length === 0) {
      send(reply, routingErrorAnswer(404));
      return;
    }
    reply.header('allow', methods.join(', '));
    if (request.method === 'OPTIONS') {
      send(reply, { status: 200, type: 'text/plain; charset=utf-8', body: '' });
      return;
    }
    send(reply, routingErrorAnswer(405));
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) {
    return error.getStatus();
  }
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}
