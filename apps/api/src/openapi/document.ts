import type { ApiOperation } from './operations.js';
import { apiOperations } from './operations.js';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 description of the API. @param root public path prefix, empty for none */
export function openApiDocument(root: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of apiOperations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Infrastructure Manager API',
      version: '2.0',
      description: 'Deploys and configures virtual infrastructures on many clouds.',
      license: { name: 'Apache-2.0' },
    },
    ...(root === '' ? {} : { servers: [{ url: root }] }),
    components: {
      securitySchemes: { APIKeyHeader: { type: 'apiKey', in: 'header', name: 'Authorization' } },
    },
    paths,
  };
}

function describe(operation: ApiOperation): Json {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = (operation.query ?? []).map((parameter) => ({
    name: parameter.name,
    in: 'query',
    required: parameter.required ?? false,
    description: parameter.text,
    schema: { type: parameter.type },
  }));
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key leads to one operation, however often the request comes',
    schema: { type: 'string', maxLength: 255 },
  };
  return {
    summary: operation.summary,
    operationId: `${operation.method}${operation.path.replace(/[^A-Za-z]+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    ...(operation.open === true ? {} : { security: [{ APIKeyHeader: [] }] }),
    parameters: [...inPath, ...inQuery, ...(operation.method === 'get' ? [] : [key])],
    ...(operation.body === undefined ? {} : { requestBody: { content: bodyContent(operation.body) } }),
    responses: {
      200: {
        description: 'Done',
        content: Object.fromEntries(operation.answers.map((type) => [type, { schema: schemaOf(type) }])),
      },
      ...(operation.open === true ? {} : errors()),
    },
  };
}

function bodyContent(body: 'document' | 'json'): Json {
  return body === 'json'
    ? { 'application/json': { schema: { type: 'object' } } }
    : {
        'text/plain': { schema: { type: 'string', description: 'RADL' } },
        'application/json': {
          schema: { type: 'array', items: { type: 'object' }, description: 'RADL JSON' },
        },
      };
}

function schemaOf(type: string): Json {
  return { type: type === 'application/json' ? 'object' : 'string' };
}

function errors(): Json {
  const texts: Readonly<Record<number, string>> = {
    400: 'The request cannot be carried out; the text says why',
    401: 'The credentials are missing or wrong',
    403: 'Not allowed',
    404: 'Not found',
    415: 'Content type or accepted type that is not supported',
    422: 'A parameter is wrong',
    429: 'Too many failed logins',
  };
  return Object.fromEntries(Object.entries(texts).map(([status, description]) => [status, { description }]));
}
