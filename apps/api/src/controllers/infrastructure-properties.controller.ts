import type { AuthItem, ImIdentity, KeptTosca } from '@im/domain';
import { ImError, messageOf } from '@im/domain';
import { printRadl } from '@im/radl';
import { evaluateOutputs, outputsJson } from '@im/tosca';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer, jsonTextAnswer, propertyAnswer, textAnswer } from '../http/answer.js';
import { contentTypeOf } from '../http/content-type.js';
import { bodyText, requireJson } from '../http/document-body.js';
import type { Call } from '../http/endpoints.js';
import { Endpoints } from '../http/endpoints.js';
import { oneOf } from '../http/query.js';
import { bodyOf } from '../http/raw-body.js';
import { InfrastructureReader } from '../infrastructures/infrastructure-reader.js';
import type { InfrastructureView } from '../infrastructures/infrastructure-view.js';
import { stateText } from '../infrastructures/infrastructure-view.js';
import { runningInfrastructure } from '../tosca/running-infrastructure.js';
import { ToscaDocuments } from '../tosca/tosca-documents.js';

const properties = ['contmsg', 'radl', 'tosca', 'state', 'outputs', 'data', 'authorization'] as const;
const jsonOnly: readonly string[] = ['state', 'outputs', 'data'];

interface PropertyInput {
  property: (typeof properties)[number];
  headerOnly: boolean;
  delete: boolean;
}

const ownerSchema = z.record(z.string(), z.string());

/** `/infrastructures/<id>/<property>` and the change of owners (spec: rest-api.md 9.7, 9.8). */
@Controller('infrastructures/:infrastructureId')
export class InfrastructurePropertiesController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(InfrastructureReader) private readonly reader: InfrastructureReader,
    @Inject(ToscaDocuments) private readonly tosca: ToscaDocuments,
  ) {}

  @Get(':property')
  property(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
    @Param('property') property: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error Getting Inf. prop',
        produces: () => (jsonOnly.includes(property) ? 'json-only' : 'text/plain'),
        effect: (query) => (property === 'data' && query.flags({ delete: false }).delete ? 'delete' : 'read'),
        read: ({ method }, query) => {
          const known = oneOf('prop', property, properties, 'Incorrect infrastructure property');
          const flags = query.flags({ headeronly: false, delete: false });
          // The answer to HEAD has no body: whoever sends it would lose what is deleted.
          const deletes = flags.delete && method !== 'HEAD';
          return { property: known, headerOnly: flags.headeronly, delete: deletes };
        },
      },
      (call) => this.answer(call, id),
    );
  }

  @Post('authorization')
  changeOwner(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('infrastructureId') id: string,
  ): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error modifying infrastructure owner',
        notFoundPrefix: 'Error modifying infrastructure owners',
        produces: null,
        effect: 'change-owner',
        read: (received, query) => {
          const { overwrite } = query.flags({ overwrite: false });
          requireJson(contentTypeOf(received));
          return { overwrite, item: ownerItem(bodyOf(received)) };
        },
      },
      async (call) => {
        const owner = await this.newOwner(call.input.item, call.client);
        await this.dependencies.requests.changeOwner(call.context, id, owner, {
          overwrite: call.input.overwrite,
        });
        return textAnswer('');
      },
    );
  }

  private async newOwner(item: AuthItem, client: string): Promise<ImIdentity> {
    try {
      const [owner] = await this.dependencies.authenticator.identitiesOf(
        [{ type: 'InfrastructureManager', ...item }],
        client,
      );
      if (owner !== undefined) {
        return { ...owner, admin: false };
      }
    } catch (cause) {
      if (cause instanceof ImError && cause.code === 'TooManyRequests') {
        throw cause;
      }
      throw new ImError('InvalidRequest', `Invalid new infrastructure data provided: ${messageOf(cause)}`, {
        cause,
      });
    }
    throw new ImError('InvalidRequest', 'Invalid new infrastructure data provided: no user name.');
  }

  private answer(call: Call<PropertyInput>, id: string): Promise<Answer> {
    const { property } = call.input;
    switch (property) {
      case 'state':
        return this.state(call, id);
      case 'data':
        return this.data(call, id);
      case 'outputs':
        return this.outputs(call, id);
      case 'tosca':
      case 'radl':
      case 'authorization':
      case 'contmsg':
        return this.known(call, id, property);
    }
  }

  private async data(call: Call<PropertyInput>, id: string): Promise<Answer> {
    const options = { delete: call.input.delete };
    return jsonAnswer({ data: await this.dependencies.requests.exportData(call.context, id, options) });
  }

  /** What needs no news from the clouds. */
  private async known(
    { requester, format, input }: Call<PropertyInput>,
    id: string,
    property: 'tosca' | 'radl' | 'authorization' | 'contmsg',
  ): Promise<Answer> {
    const view = await this.reader.view(requester, id);
    switch (property) {
      case 'tosca':
        return propertyAnswer(format, 'tosca', keptTosca(view, 'tosca').document);
      case 'radl':
        return propertyAnswer(format, 'radl', printRadl(view.infrastructure.radl));
      case 'authorization': {
        const names = view.infrastructure.owners.map((owner) => owner.username);
        return format === 'json' ? jsonAnswer({ authorization: names }) : textAnswer(names.join('\n'));
      }
      case 'contmsg': {
        const text = await this.reader.contextualizationMessage(view, input.headerOnly);
        return propertyAnswer(format, 'contmsg', text);
      }
    }
  }

  private async outputs(call: Call<PropertyInput>, id: string): Promise<Answer> {
    const view = await this.reader.freshView(call.context, id);
    const kept = keptTosca(view, 'outputs');
    const topology = await this.tosca.topologyOf(kept, call.requester);
    // Logs are large, and few outputs ask for them.
    const logs = /ansible_output|ctxt_log/.test(kept.document)
      ? await this.dependencies.store.logs(id)
      : new Map<number, string>();
    const running = runningInfrastructure(view, kept.containerId, logs, call.requester);
    const evaluated = evaluateOutputs(topology, running);
    if (evaluated.warnings.length > 0) {
      this.dependencies.logger.info('outputs cannot be evaluated', {
        infrastructureId: id,
        warnings: evaluated.warnings,
      });
    }
    return jsonAnswer(outputsJson(evaluated));
  }

  private async state(call: Call<PropertyInput>, id: string): Promise<Answer> {
    const view = await this.reader.freshView(call.context, id);
    return jsonTextAnswer(stateText(view, this.reader.now(), this.reader.gracePeriodMs));
  }
}

/** @throws ImError `PropertyNotValid` for an infrastructure that was not made from TOSCA */
function keptTosca({ infrastructure }: InfrastructureView, property: string): KeptTosca {
  if (infrastructure.tosca === null) {
    const text = `'${property}' infrastructure property is not valid in this infrastructure`;
    throw new ImError('PropertyNotValid', text);
  }
  return infrastructure.tosca;
}

/** @throws ImError `Error parsing auth data: ...` */
function ownerItem(body: Buffer): AuthItem {
  let value: unknown;
  try {
    value = JSON.parse(bodyText(body));
  } catch (cause) {
    throw new ImError('InvalidRequest', `Error parsing auth data: ${messageOf(cause)}`, { cause });
  }
  const parsed = ownerSchema.safeParse(value);
  if (!parsed.success) {
    throw new ImError('InvalidRequest', 'Error parsing auth data: it must be one JSON object with texts.');
  }
  return parsed.data;
}
