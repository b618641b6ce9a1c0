import { ImError } from '@im/domain';
import type { Radl } from '@im/radl';
import { FeatureSet, featuresJson, numberText, printRadl, printRadlJson } from '@im/radl';
import { Controller, Delete, Get, Inject, Param, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import type { Format } from '../http/accept.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer, propertyAnswer, textAnswer } from '../http/answer.js';
import { readDocument } from '../http/document-body.js';
import type { Call } from '../http/endpoints.js';
import { Endpoints } from '../http/endpoints.js';
import { integerSegment, oneOf } from '../http/query.js';
import { ValidationError } from '../http/validation-error.js';
import { InfrastructureReader } from '../infrastructures/infrastructure-reader.js';
import { vmInformation } from '../infrastructures/infrastructure-view.js';
import { ToscaDocuments } from '../tosca/tosca-documents.js';
import { reverseSshCommand } from './reverse-ssh-command.js';

/** `/infrastructures/<id>/vms/<vm>` (spec: rest-api.md 9.11 to 9.17). */
@Controller('infrastructures/:infrastructureId/vms/:vmId')
export class VmsController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(InfrastructureReader) private readonly reader: InfrastructureReader,
    @Inject(ToscaDocuments) private readonly tosca: ToscaDocuments,
  ) {}

  @Get()
  info(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmId: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Getting VM. info',
        otherPrefix: 'Error Getting VM info',
        produces: 'text/plain',
        effect: 'read',
        read: () => null,
      },
      async (call) => {
        const radl = await this.information(call, id, vmId);
        return radlAnswer(call.format, radl, `${printRadl(radl)}\n`);
      },
    );
  }

  @Put()
  alter(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmId: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error modifying resources',
        produces: 'text/plain',
        effect: 'write',
        read: (received, _query, requester) => readDocument(received, requester, this.tosca),
      },
      async (call) => {
        await this.endpoints.result(
          call,
          await this.dependencies.requests.alter(call.context, id, vmId, call.input.radl),
        );
        const view = await this.reader.view(call.requester, id);
        const vm = this.reader.vm(view, vmId);
        const information = vmInformation(view, vm, this.reader.now(), this.reader.gracePeriodMs);
        const radl = { ...vm.info, systems: information.systems };
        return radlAnswer(call.format, radl, printRadl(radl));
      },
    );
  }

  @Delete()
  remove(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmIds: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Removing resources',
        produces: null,
        effect: 'write',
        read: (_request, query) => query.flags({ context: true }),
      },
      async (call) => {
        const options = { contextualize: call.input.context };
        await this.endpoints.result(
          call,
          await this.dependencies.requests.remove(call.context, id, vmIds, options),
        );
        return textAnswer('');
      },
    );
  }

  @Get(':property')
  property(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmId: string,
    @Param('property') property: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Getting VM. property',
        otherPrefix: 'Error Getting VM property',
        produces: 'text/plain',
        effect: 'read',
        read: (_request, query) => {
          const step = query.text('step') ?? '1';
          if (!/^[+-]?\d{1,9}$/.test(step)) {
            const msg = 'Input should be a valid integer, unable to parse string as an integer';
            throw new ValidationError([{ type: 'int_parsing', loc: ['query', 'step'], input: step, msg }]);
          }
          return { step: Number(step) };
        },
      },
      (call) => this.propertyValue(call, id, vmId, property),
    );
  }

  @Put(':operation')
  power(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmId: string,
    @Param('operation') operation: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: `Error in ${operation} op in VM`,
        produces: null,
        effect: 'write',
        read: () =>
          oneOf(
            'op',
            operation,
            ['start', 'stop', 'reboot'] as const,
            `Error in ${operation} op in VM: there is no such operation.`,
          ),
      },
      async (call) => {
        await this.endpoints.result(
          call,
          await this.dependencies.requests.vmPower(call.context, id, vmId, call.input),
        );
        return textAnswer('');
      },
    );
  }

  @Put('disks/:disk/snapshot')
  snapshot(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('vmId') vmId: string,
    @Param('disk') disk: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error creating snapshot',
        produces: null,
        effect: 'write',
        read: (_request, query) => {
          const { auto_delete: autoDelete } = query.flags({ auto_delete: false });
          const imageName = query.text('image_name') ?? '';
          if (imageName === '') {
            const problem = {
              type: 'missing',
              loc: ['query', 'image_name'],
              input: null,
              msg: 'Field required',
            } as const;
            throw new ValidationError(
              [{ ...problem, loc: ['query', 'image_name'] }],
              'Parameter image_name required.',
            );
          }
          return { disk: integerSegment('disknum', disk), imageName, autoDelete };
        },
      },
      async (call) => {
        const accepted = await this.dependencies.requests.snapshot(call.context, id, vmId, call.input);
        const { url } = await this.endpoints.result<{ url: string }>(call, accepted);
        return textAnswer(url);
      },
    );
  }

  private async information(call: Call<unknown>, id: string, vmId: string): Promise<Radl> {
    const view = await this.reader.freshView(call.context, id);
    return vmInformation(view, this.reader.vm(view, vmId), this.reader.now(), this.reader.gracePeriodMs);
  }

  private async propertyValue(
    call: Call<{ step: number }>,
    id: string,
    vmId: string,
    property: string,
  ): Promise<Answer> {
    if (property === 'command') {
      const view = await this.reader.view(call.requester, id);
      const path = `${call.base}/infrastructures/${id}/vms/${encodeURIComponent(vmId)}/command`;
      return propertyAnswer(call.format, 'command', reverseSshCommand(view, vmId, call.input.step, path));
    }
    if (property === 'contmsg') {
      const view = await this.reader.view(call.requester, id);
      const text = await this.reader.vmContextualizationMessage(view, this.reader.vm(view, vmId));
      return propertyAnswer(call.format, 'contmsg', text);
    }
    const features = (await this.information(call, id, vmId)).systems[0]?.features ?? new FeatureSet();
    return featureAnswer(call.format, features, property, vmId);
  }
}

function radlAnswer(format: Format, radl: Radl, text: string): Answer {
  return format === 'json' ? jsonAnswer({ radl: printRadlJson(radl) }) : textAnswer(text);
}

/** Value of one feature (spec: rest-api.md 9.14). @throws ImError `Incorrect property ...` */
function featureAnswer(format: Format, features: FeatureSet, property: string, vmId: string): Answer {
  const groups = features.getGroups(property);
  const value = features.get(property);
  if (groups.length > 0) {
    const byName = Object.fromEntries(
      groups.map((group) => [group.getText('name') ?? '', featuresJson(group)]),
    );
    return format === 'json' ? jsonAnswer({ [property]: byName }) : textAnswer(JSON.stringify(byName));
  }
  if (value === undefined || value instanceof FeatureSet) {
    throw new ImError('PropertyNotFound', `Incorrect property ${property} for VM ID ${vmId}`);
  }
  if (format === 'json') {
    return jsonAnswer({ [property]: value });
  }
  if (typeof value === 'number') {
    return textAnswer(numberText(value, !Number.isInteger(value)));
  }
  return textAnswer(typeof value === 'string' ? value : JSON.stringify(value));
}
