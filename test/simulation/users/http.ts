import type { AcceptedOperation, InfrastructureRequestService, RequestContext } from '@im/domain';
import { ImError } from '@im/domain';
import { must } from '../checks/violation.js';
import type { Cluster } from '../service/cluster.js';
import type { Actor } from '../world/actor.js';
import type { Chance } from '../world/chance.js';

/** A user gives a request up and repeats it after this time, in milliseconds. */
const patienceMs = 8_000;
const attempts = 6;
/** Refusals that may pass: the request is repeated with the same key. */
const passing = ['Unavailable', 'Timeout', 'Internal', 'TooManyRequests'];

type Request = (
  requests: InfrastructureRequestService,
  context: RequestContext,
) => Promise<AcceptedOperation | null>;

/**
 * How users reach the service: any replica, again under the same Idempotency-Key when no answer comes. All answers to one wish must be the
 * same.
 */
export class Http {
  private wishes = 0;

  constructor(
    private readonly user: Actor,
    private readonly cluster: Cluster,
    private readonly chance: Chance,
    private readonly changed: (context: RequestContext) => RequestContext,
  ) {}

  /** @returns null when the service refused, or never answered */
  async send(what: string, request: Request): Promise<AcceptedOperation | null> {
    const wish = `${this.user.name}/${++this.wishes} ${what}`;
    const context = this.changed({
      requester: this.cluster.requester(),
      idempotency: { key: wish, requestHash: wish },
    });
    let first: AcceptedOperation | null = null;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = await this.once(wish, (requests) => request(requests, context));
      if (answer === 'refused') {
        return null;
      }
      if (answer !== 'silence') {
        must(
          first === null || what === 'refresh' || first.operationId === answer.operationId,
          () => `The wish ${wish} was answered with ${answer.operationId} after ${first?.operationId}.`,
        );
        first = answer;
        // Some users do not believe it at once.
        if (!this.chance.happens(0.1)) {
          break;
        }
      }
    }
    return first;
  }

  private async once(
    wish: string,
    request: (requests: InfrastructureRequestService) => Promise<AcceptedOperation | null>,
  ): Promise<AcceptedOperation | 'refused' | 'silence'> {
    await this.user.turn(`asks: ${wish}`);
    const replicas = this.cluster.alive('api');
    if (replicas.length === 0) {
      await this.user.turn('finds nobody', 1_000);
      return 'silence';
    }
    const api = this.chance.pick(replicas);
    const answer = new Promise<AcceptedOperation | 'refused' | 'silence'>((resolve) => {
      this.user.after(patienceMs, () => resolve('silence'));
      request(this.cluster.requestsOf(api, wish)).then(
        (accepted) => resolve(accepted ?? 'refused'),
        (error: unknown) => {
          resolve(error instanceof ImError && passing.includes(error.code) ? 'silence' : 'refused');
        },
      );
    });
    const heard = await answer;
    await this.user.turn(`hears: ${wish}`);
    return heard;
  }
}
