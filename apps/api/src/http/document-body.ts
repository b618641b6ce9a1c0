import type { Requester } from '@im/domain';
import { ImError, messageOf } from '@im/domain';
import type { Radl } from '@im/radl';
import { emptyRadl, parseRadl, parseRadlJson, RadlError } from '@im/radl';
import type { FastifyRequest } from 'fastify';
import type { SentTosca, ToscaDocuments } from '../tosca/tosca-documents.js';
import { mediaTypes, pythonList } from './accept.js';
import { contentTypeOf } from './content-type.js';
import { bodyOf } from './raw-body.js';

const yamlTypes = ['text/yaml', 'text/x-yaml', 'application/yaml'];
const radlTypes = ['text/plain', '*/*', 'text/*'];

/** Text of a body. @throws ImError `InvalidRequest` when it is no UTF-8 */
export function bodyText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new ImError('InvalidRequest', 'Error parsing request body: it is not UTF-8.', { cause });
  }
}

/** The document of a deployment body. */
export interface SentDocument {
  /** The document itself, or what it was translated to. */
  radl: Radl;
  /** Present when it was TOSCA. */
  tosca?: SentTosca;
}

/**
 * The document of a deployment body; the content type says which language it is in (spec: rest-api.md 4).
 * @throws ImError `UnsupportedMediaType`, or `InvalidRequest` with the cause
 */
export async function readDocument(
  request: FastifyRequest,
  requester: Requester,
  tosca: ToscaDocuments,
): Promise<SentDocument> {
  const body = bodyOf(request);
  if (body.length === 0) {
    return { radl: emptyRadl() };
  }
  const types = mediaTypes(contentTypeOf(request));
  if (types.includes('application/json')) {
    return { radl: parsed(() => parseRadlJson(bodyText(body))) };
  }
  if (types.some((type) => yamlTypes.includes(type))) {
    const sent = await tosca.read(bodyText(body), requester);
    return { radl: sent.radl, tosca: sent };
  }
  if (types.length === 0 || types.some((type) => radlTypes.includes(type))) {
    return { radl: parsed(() => parseRadl(bodyText(body))) };
  }
  throw unsupported(types);
}

/** @throws ImError `UnsupportedMediaType` unless there is no type or it is JSON */
export function requireJson(contentType: string | undefined): void {
  const types = mediaTypes(contentType);
  if (types.length > 0 && !types.includes('application/json')) {
    throw unsupported(types);
  }
}

function unsupported(types: readonly string[]): ImError {
  return new ImError('UnsupportedMediaType', `Unsupported Media Type ${pythonList(types)}`);
}

function parsed(parse: () => Radl): Radl {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof RadlError) {
      throw new ImError('InvalidRequest', `Error parsing request body: ${messageOf(cause)}`, { cause });
    }
    throw cause;
  }
}
