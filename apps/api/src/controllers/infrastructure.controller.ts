import type { AddResult } from '@im/domain';
import { ImError } from '@im/domain';
import type { Radl } from '@im/radl';
import { Controller, Delete, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { textAnswer, uriListAnswer } from '../http/answer.js';
import { readDocument } from '../http/document-body.js';
import type { Call } from '../http/endpoints.js';
import { Endpoints } from '../http/endpoints.js';
import type { Query } from '../http/query.js';
import { oneOf } from '../http/query.js';
import { InfrastructureReader } from '../infrastructures/infrastructure-reader.js';
import type { SentTosca } from '../tosca/tosca-documents.js';
import { ToscaDocuments } from '../tosca/tosca-documents.js';

interface AddOptions {
  contextualize: boolean;
  async: boolean;
}

/** `/infrastructures/<id>`: VMs, add, delete, reconfigure, power (spec: rest-api.md 9.4 to 9.6, 9.9, 9.10). */
@Controller('infrastructures/:infrastructureId')
export class InfrastructureController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(InfrastructureReader) private readonly reader: InfrastructureReader,
    @Inject(ToscaDocuments) private readonly tosca: ToscaDocuments,
  ) {}

  @Get()
  vms(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      { prefix: 'Error Getting Inf. info', produces: 'text/uri-list', effect: 'read', read: () => null },
      async (call) => {
        const view = await this.reader.view(call.requester, id);
        const base = `${call.base}/infrastructures/${id}/vms/`;
        const uris = view.vms.map((vm) => `${base}${vm.imId}`);
        return uriListAnswer(call.format, uris);
      },
    );
  }

  @Post()
  add(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Adding resources',
        produces: 'text/uri-list',
        effect: 'write',
        read: async (received, query, requester) => ({
          flags: query.flags({ context: true, async: false }),
          document: await readDocument(received, requester, this.tosca),
        }),
      },
      async (call) => {
        const { flags, document } = call.input;
        const options = { contextualize: flags.context, async: flags.async };
        const vmIds =
          document.tosca === undefined
            ? await this.addRadl(call, id, document.radl, options)
            : await this.updateTosca(call, id, document.tosca, options);
        const base = `${call.base}/infrastructures/${id}/vms/`;
        const uris = vmIds.map((vm) => `${base}${vm}`);
        return uriListAnswer(call.format, uris, flags.context ? { InfID: id } : undefined);
      },
    );
  }

  @Delete()
  destroy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Destroying Inf',
        produces: null,
        effect: 'delete',
        read: (_request, query) => query.flags({ force: false, async: false }),
      },
      async (call) => {
        const accepted = await this.dependencies.requests.destroy(call.context, id, {
          force: call.input.force,
        });
        if (!call.input.async) {
          await this.endpoints.result(call, accepted);
        }
        return textAnswer('');
      },
    );
  }

  @Put('reconfigure')
  reconfigure(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error reconfiguring infrastructure',
        produces: null,
        effect: 'write',
        read: async (received, query, requester) => ({
          vmIds: vmList(query),
          radl: (await readDocument(received, requester, this.tosca)).radl,
        }),
      },
      async (call) => {
        const { radl, vmIds } = call.input;
        const accepted = await this.dependencies.requests.reconfigure(call.context, id, radl, vmIds);
        await this.endpoints.result(call, accepted);
        return textAnswer('', { InfID: id });
      },
    );
  }

  @Put(':operation')
  power(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('operation') operation: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: `Error in ${operation} operation`,
        produces: null,
        effect: 'write',
        read: () =>
          oneOf(
            'op',
            operation,
            ['start', 'stop'] as const,
            `Error in ${operation} operation: there is no such operation.`,
          ),
      },
      async (call) => {
        await this.endpoints.result(
          call,
          await this.dependencies.requests.power(call.context, id, call.input),
        );
        return textAnswer('');
      },
    );
  }

  /** @returns numbers of the new VMs; none are known yet when the client does not wait */
  private async addRadl(
    call: Call<unknown>,
    id: string,
    radl: Radl,
    options: AddOptions,
  ): Promise<readonly number[]> {
    const accepted = await this.dependencies.requests.add(call.context, id, radl, options);
    return options.async ? [] : (await this.endpoints.result<AddResult>(call, accepted)).vmIds;
  }

  /** Scales and changes an infrastructure by a document (spec: tosca.md 9). @returns as `addRadl` */
  private async updateTosca(
    call: Call<unknown>,
    id: string,
    sent: SentTosca,
    options: AddOptions,
  ): Promise<readonly number[]> {
    const update = await this.dependencies.requests.update(
      call.context,
      id,
      (state) => this.tosca.update(sent, state, call.requester),
      { ...options, signal: call.hangUp },
    );
    if (options.async) {
      return [];
    }
    if (update.remove !== null) {
      await this.endpoints.result(call, update.remove);
    }
    if (update.reconfigure !== null) {
      await this.endpoints.result(call, update.reconfigure);
    }
    return update.add === null ? [] : (await this.endpoints.result<AddResult>(call, update.add)).vmIds;
  }
}

/** @throws ImError `Incorrect vm_list format.` */
function vmList(query: Query): number[] | null {
  const text = query.text('vm_list');
  if (text === undefined) {
    return null;
  }
  const parts = text.split(',').map((part) => part.trim());
  if (!parts.every((part) => /^[+-]?\d{1,9}$/.test(part))) {
    throw new ImError('InvalidRequest', 'Incorrect vm_list format.');
  }
  return parts.map(Number);
}
