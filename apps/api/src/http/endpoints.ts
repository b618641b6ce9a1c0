import { createHash } from 'node:crypto';
import type { RequestEffect } from '@im/auth';
import { checkBootMode } from '@im/auth';
import type { AcceptedOperation, OperationOutcome, RequestContext, Requester } from '@im/domain';
import { CloudError, errorTexts, ImError, messageOf } from '@im/domain';
import { RadlError } from '@im/radl';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import type { Format, Produces } from './accept.js';
import { negotiate } from './accept.js';
import type { Answer } from './answer.js';
import { contentTypeOf } from './content-type.js';
import { errorAnswer, validationAnswer } from './error-answer.js';
import { PublicUrl } from './public-url.js';
import { Query } from './query.js';
import { bodyOf } from './raw-body.js';
import { ValidationError } from './validation-error.js';

/** What an endpoint is, besides its work. */
export interface EndpointSpec<Input> {
  /** In front of error texts of the core, e.g. `Error Creating Inf.` (spec: rest-api.md 8.2). */
  prefix: string;
  /** Prefix for an infrastructure that does not exist, where it differs. */
  notFoundPrefix?: string;
  /** Prefix where named errors and others differ; by default `prefix`. */
  otherPrefix?: string;
  /** Default type of the answer; null: Accept is not looked at. */
  produces: Produces | null | ((query: Query) => Produces);
  effect: RequestEffect | ((query: Query) => RequestEffect);
  /** Checks path and query, then the body; ValidationError is answered 422 (spec: rest-api.md 7). */
  read: (request: FastifyRequest, query: Query, requester: Requester) => Input | Promise<Input>;
}

/** A request after all checks that concern only itself. */
export interface Call<Input> {
  input: Input;
  requester: Requester;
  /** For the requests service. */
  context: RequestContext;
  format: Format;
  /** Base of URIs, without a final slash. */
  base: string;
  /** Address of the client. */
  client: string;
  /** Ends when the client hangs up. */
  hangUp: AbortSignal;
}

/** Longest wait for an operation when nothing limits it. */
const longestWaitMs = 24 * 3600 * 1000;

/** Frame of every protected endpoint: order of evaluation, answers and errors (spec: rest-api.md 5, 7, 8). */
@Injectable()
export class Endpoints {
  private readonly publicUrl: PublicUrl;

  constructor(@Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies) {
    this.publicUrl = PublicUrl.of(dependencies.config);
  }

  /** Runs `work` for one request and sends its answer, or the error in its documented form. */
  async handle<Input>(
    request: FastifyRequest,
    reply: FastifyReply,
    spec: EndpointSpec<Input>,
    work: (call: Call<Input>) => Promise<Answer>,
  ): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.answer(request, reply, spec, work);
    } catch (error) {
      answer = this.answerError(request, error, '');
    }
    send(reply, answer);
  }

  /**
   * The result of an operation that the client waits for (spec: rest-api.md 8.4).
   * @throws ImError of the failed operation, `Timeout`, or `Unavailable` when the service stops; the work goes on behind
   */
  async result<Result>(call: Call<unknown>, accepted: AcceptedOperation): Promise<Result> {
    const { config, stopping } = this.dependencies;
    const { REST_BLOCKING_CALL_TIMEOUT, SYNC_WAIT_TIMEOUT } = config;
    const limits = [REST_BLOCKING_CALL_TIMEOUT, SYNC_WAIT_TIMEOUT].filter((seconds) => seconds > 0);
    const limitMs = limits.length === 0 ? longestWaitMs : Math.min(...limits) * 1000;
    const outcome: OperationOutcome<Result> = await this.dependencies.requests.outcome<Result>(
      accepted,
      limitMs,
      AbortSignal.any([call.hangUp, stopping]),
    );
    switch (outcome.state) {
      case 'succeeded':
        return outcome.result;
      case 'failed':
        throw new ImError('OperationFailed', outcome.error.message);
      case 'cancelled':
        throw new ImError(
          'OperationFailed',
          'The operation was cancelled because the infrastructure is being destroyed.',
        );
      case 'active':
        throw stopping.aborted
          ? new ImError(
              'Unavailable',
              'The service stops. What was asked for is finished when it runs again.',
            )
          : new ImError('Timeout', errorTexts.timedOut);
    }
  }

  private async answer<Input>(
    request: FastifyRequest,
    reply: FastifyReply,
    spec: EndpointSpec<Input>,
    work: (call: Call<Input>) => Promise<Answer>,
  ): Promise<Answer> {
    const { authenticator, config } = this.dependencies;
    const header = request.headers.authorization ?? '';
    // A header that cannot be read is refused before the mode of the service is told.
    if (header === '' || config.BOOT_MODE !== 0) {
      authenticator.parse(header);
    }
    const query = queryOf(request);
    const withPrefix = (error: unknown): Answer =>
      this.answerError(request, error, `${prefixFor(spec, error)}: `);
    let requester: Requester;
    try {
      checkBootMode(config.BOOT_MODE, typeof spec.effect === 'function' ? spec.effect(query) : spec.effect);
      requester = await authenticator.authenticate(header, this.publicUrl.client(request));
    } catch (error) {
      return withPrefix(error);
    }
    // Only who is known gets a document parsed.
    const input = await spec.read(request, query, requester);
    const produces = typeof spec.produces === 'function' ? spec.produces(query) : spec.produces;
    const format = produces === null ? 'default' : negotiate(request.headers.accept, produces);
    const call = new RequestCall(request, reply, this.publicUrl, { input, requester, format });
    try {
      return await work(call);
    } catch (error) {
      return withPrefix(error);
    } finally {
      call.forget();
    }
  }

  private answerError(request: FastifyRequest, error: unknown, prefix: string): Answer {
    const { accept } = request.headers;
    if (error instanceof ValidationError) {
      return validationAnswer(error);
    }
    if (error instanceof ImError) {
      const text = hasPrefix(error) ? `${prefix}${error.message}` : error.message;
      const answer = errorAnswer(accept, error.status, text);
      const seconds = error.retryAfterSeconds;
      return seconds === undefined ? answer : { ...answer, headers: { 'retry-after': String(seconds) } };
    }
    if (error instanceof RadlError || error instanceof CloudError) {
      return errorAnswer(accept, 400, `${prefix}${error.message}`);
    }
    this.dependencies.logger.error('request failed', {
      requestId: request.id,
      reason: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    return errorAnswer(
      accept,
      500,
      `${prefix}Internal error, reference ${request.id}: tell it to the operator of this server.`,
    );
  }
}

/** spec: rest-api.md 8.2 */
function prefixFor(
  spec: Pick<EndpointSpec<never>, 'prefix' | 'otherPrefix' | 'notFoundPrefix'>,
  error: unknown,
): string {
  const code = error instanceof ImError ? error.code : 'OperationFailed';
  if (code === 'InfrastructureNotFound') {
    return spec.notFoundPrefix ?? spec.prefix;
  }
  const named = code !== 'OperationFailed' && code !== 'InvalidRequest';
  return named ? spec.prefix : (spec.otherPrefix ?? spec.prefix);
}

/** Texts that stand alone (spec: rest-api.md 8.2, end). */
function hasPrefix(error: ImError): boolean {
  return ![
    'UnsupportedMediaType',
    'PropertyNotFound',
    'PropertyNotValid',
    'Timeout',
    'TooManyRequests',
  ].includes(error.code);
}

/** Sends an answer; its end is not waited for. */
export function send(reply: FastifyReply, answer: Answer): void {
  reply.code(answer.status).header('content-type', answer.type);
  if (answer.headers !== undefined) {
    reply.headers(answer.headers);
  }
  // A text goes out in one write with its headers. With a serializer the framework adds no charset to JSON (spec: rest-api.md 5.2).
  void reply.serializer(asItIs).send(answer.body);
}

function asItIs(body: string): string {
  return body;
}

function queryOf({ url }: FastifyRequest): Query {
  const mark = url.indexOf('?');
  return new Query(mark < 0 ? '' : url.slice(mark + 1));
}

function idempotencyOf(request: FastifyRequest): Pick<RequestContext, 'idempotency'> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || request.method === 'GET') {
    return {};
  }
  const requestHash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${contentTypeOf(request) ?? ''}\n`)
    .update(bodyOf(request))
    .digest('base64url');
  return { idempotency: { key, requestHash } };
}

/** What an endpoint may ask about its request; what only some of them need is made when it is asked for. */
class RequestCall<Input> implements Call<Input> {
  readonly input: Input;
  readonly requester: Requester;
  readonly context: RequestContext;
  readonly format: Format;
  private controller: AbortController | null = null;
  private readonly onClose = (): void => {
    this.controller?.abort();
  };

  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly publicUrl: PublicUrl,
    known: Pick<Call<Input>, 'input' | 'requester' | 'format'>,
  ) {
    this.input = known.input;
    this.requester = known.requester;
    this.format = known.format;
    this.context = { requester: known.requester, ...idempotencyOf(request) };
  }

  get base(): string {
    return this.publicUrl.base(this.request);
  }

  get client(): string {
    return this.publicUrl.client(this.request);
  }

  /** A connection that stays open for more requests keeps nothing of it. */
  get hangUp(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.reply.raw.destroyed) {
        this.controller.abort();
      } else {
        this.reply.raw.once('close', this.onClose);
      }
    }
    return this.controller.signal;
  }

  /** To be called once the answer is made. */
  forget(): void {
    if (this.controller !== null) {
      this.reply.raw.off('close', this.onClose);
    }
  }
}
