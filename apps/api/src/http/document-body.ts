import { ImError, messageOf } from '@im/domain';
import type { Radl } from '@im/radl';
import { emptyRadl, parseRadl, parseRadlJson, RadlError } from '@im/radl';
import { mediaTypes, pythonList } from './accept.js';

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

/**
 * The document of a deployment body; the content type says which language it is in (spec: rest-api.md 4).
 * @throws ImError `UnsupportedMediaType`, or `InvalidRequest` with the cause
 */
export function documentOf(contentType: string | undefined, body: Buffer): Radl {
  if (body.length === 0) {
    return emptyRadl();
  }
  const types = mediaTypes(contentType);
  if (types.includes('application/json')) {
    return parsed(() => parseRadlJson(bodyText(body)));
  }
  if (types.some((type) => yamlTypes.includes(type))) {
    throw new ImError(
      'UnsupportedMediaType',
      'TOSCA documents are not supported by this server yet: send RADL as text/plain or RADL JSON as application/json.',
    );
  }
  if (types.length === 0 || types.some((type) => radlTypes.includes(type))) {
    return parsed(() => parseRadl(bodyText(body)));
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
