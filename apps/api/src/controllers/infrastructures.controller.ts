import type { AddResult, Estimate } from '@im/domain';
import { Controller, Get, Inject, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { jsonAnswer, uriAnswer, uriListAnswer } from '../http/answer.js';
import { contentTypeOf } from '../http/content-type.js';
import type { SentDocument } from '../http/document-body.js';
import { bodyText, readDocument, requireJson } from '../http/document-body.js';
import { Endpoints } from '../http/endpoints.js';
import { bodyOf } from '../http/raw-body.js';
import { InfrastructureReader } from '../infrastructures/infrastructure-reader.js';
import { ToscaDocuments } from '../tosca/tosca-documents.js';

interface CreateInput {
  flags: { async: boolean; dry_run: boolean };
  document: SentDocument;
}

/** `/infrastructures`: list, create, import (spec: rest-api.md 9.1 to 9.3). */
@Controller('infrastructures')
export class InfrastructuresController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(InfrastructureReader) private readonly reader: InfrastructureReader,
    @Inject(ToscaDocuments) private readonly tosca: ToscaDocuments,
  ) {}

  @Get()
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Getting Inf. List',
        produces: 'text/uri-list',
        effect: 'read',
        read: (_request, query) => query.text('filter'),
      },
      async (call) => {
        const ids = await this.reader.ids(call.requester, call.input);
        const { base } = call;
        return uriListAnswer(
          call.format,
          ids.map((id) => `${base}/infrastructures/${id}`),
        );
      },
    );
  }

  @Post()
  create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { requests } = this.dependencies;
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Creating Inf.',
        produces: (query) => (query.flags({ dry_run: false }).dry_run ? 'application/json' : 'text/uri-list'),
        effect: (query) => (query.flags({ dry_run: false }).dry_run ? 'read' : 'write'),
        read: async (received, query, requester): Promise<CreateInput> => ({
          flags: query.flags({ async: false, dry_run: false }),
          document: await readDocument(received, requester, this.tosca),
        }),
      },
      async (call) => {
        const { flags, document } = call.input;
        const { radl, tosca } = document;
        if (flags.dry_run) {
          return jsonAnswer(
            await this.endpoints.result<Estimate>(call, await requests.estimate(call.context, radl)),
          );
        }
        const accepted = await requests.create(call.context, radl, {
          async: flags.async,
          ...(tosca === undefined ? {} : { tosca: tosca.kept }),
        });
        if (!flags.async) {
          await this.endpoints.result<AddResult>(call, accepted);
        }
        const id = accepted.infrastructureId ?? '';
        return uriAnswer(call.format, `${call.base}/infrastructures/${id}`, { InfID: id });
      },
    );
  }

  @Put()
  import(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Importing Inf.',
        produces: 'text/uri-list',
        effect: 'write',
        read: (received) => {
          requireJson(contentTypeOf(received));
          return bodyText(bodyOf(received));
        },
      },
      async (call) => {
        const id = await this.dependencies.requests.importData(call.context, call.input);
        return uriAnswer(call.format, `${call.base}/infrastructures/${id}`, { InfID: id });
      },
    );
  }
}
