import type { CloudImage, CloudQuotas } from '@im/domain';
import { ImError } from '@im/domain';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { jsonAnswer } from '../http/answer.js';
import { Endpoints } from '../http/endpoints.js';
import { oneOf } from '../http/query.js';

/** `/clouds/<id>/images` and `quotas` (spec: rest-api.md 10.2, 10.3). */
@Controller('clouds/:cloudId')
export class CloudsController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
  ) {}

  @Get(':property')
  property(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('cloudId') cloudId: string,
    @Param('property') property: string,
  ): Promise<void> {
    const { requests } = this.dependencies;
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error getting cloud info',
        produces: 'application/json',
        effect: 'read',
        read: (_request, query) => ({
          property: oneOf('param', property, ['images', 'quotas'], 'Incorrect cloud property'),
          filters: filtersOf(query.text('filters')),
        }),
      },
      async (call) => {
        if (call.input.property === 'quotas') {
          const accepted = await requests.quotas(call.context, cloudId);
          return jsonAnswer({ quotas: await this.endpoints.result<CloudQuotas>(call, accepted) });
        }
        const accepted = await requests.images(call.context, cloudId, call.input.filters);
        return jsonAnswer({ images: await this.endpoints.result<CloudImage[]>(call, accepted) });
      },
    );
  }
}

/** `k1=v1,k2=v2`. @throws ImError `Invalid format in filters parameter.` */
function filtersOf(text: string | undefined): Record<string, string> {
  if (text === undefined || text === '') {
    return {};
  }
  const pairs = text.split(',').map((piece) => piece.split('='));
  if (pairs.some((pair) => pair.length !== 2)) {
    throw new ImError('InvalidRequest', 'Invalid format in filters parameter.');
  }
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]));
}
