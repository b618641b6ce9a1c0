import type { Infrastructure } from '@im/domain';
import { boundedParallel, ImError, messageOf } from '@im/domain';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { mediaTypes } from '../http/accept.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer } from '../http/answer.js';
import { Endpoints } from '../http/endpoints.js';
import { statisticsCsv, statisticsRow } from '../infrastructures/statistics.js';

/** `/stats`: what the caller ever deployed (spec: rest-api.md 10.4). */
@Controller('stats')
export class StatsController {
  constructor(
    @Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
  ) {}

  @Get()
  stats(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.endpoints.handle(
      request,
      reply,
      {
        prefix: 'Error getting stats',
        produces: null,
        effect: 'read',
        read: (received, query) => ({
          csv: wantsCsv(received.headers.accept),
          from: dateOf('init_date', query.text('init_date')) ?? 0,
          until: dateOf('end_date', query.text('end_date')) ?? Number.POSITIVE_INFINITY,
        }),
      },
      async (call): Promise<Answer> => {
        const { csv, from, until } = call.input;
        const { store } = this.dependencies;
        const all = call.requester.identities.some((identity) => identity.admin);
        const ids = await store.infrastructureIds({
          ...(all ? {} : { owners: call.requester.identities }),
          includeDeleted: true,
        });
        const found = (await this.readable(ids)).filter(
          (infrastructure) => infrastructure.createdAt >= from && infrastructure.createdAt <= until,
        );
        const outcomes = await boundedParallel(found, 8, async (infrastructure) => [
          {
            savedAt: infrastructure.updatedAt,
            row: statisticsRow(infrastructure, await store.vms(infrastructure.id)),
          },
        ]);
        const rows = outcomes
          .flatMap((outcome, index) =>
            'value' in outcome ? outcome.value : this.skipped(found[index]?.id, outcome.error),
          )
          .sort((a, b) => b.savedAt - a.savedAt)
          .map(({ row }) => row);
        return csv
          ? { status: 200, type: 'text/csv; charset=utf-8', body: statisticsCsv(rows) }
          : jsonAnswer({ stats: rows });
      },
    );
  }

  /** All at once; only when one of them cannot be read, one by one. @throws ImError `Unavailable` */
  private async readable(ids: readonly string[]): Promise<Infrastructure[]> {
    const { store } = this.dependencies;
    try {
      return await store.infrastructuresById(ids);
    } catch (error) {
      throwOutage(error);
    }
    const outcomes = await boundedParallel(ids, 8, (id) => store.infrastructure(id));
    return outcomes
      .flatMap((outcome, index) =>
        'value' in outcome ? outcome.value : this.skipped(ids[index], outcome.error),
      )
      .filter((infrastructure) => infrastructure !== null);
  }

  /** One infrastructure that cannot be read keeps nobody from the others. @throws ImError `Unavailable`, which is about all of them */
  private skipped(infrastructureId: string | undefined, error: unknown): [] {
    throwOutage(error);
    this.dependencies.logger.error('an infrastructure cannot be read and is left out of the statistics', {
      infrastructureId,
      reason: messageOf(error),
    });
    return [];
  }
}

function throwOutage(error: unknown): void {
  if (error instanceof ImError && error.code === 'Unavailable') {
    throw error;
  }
}

function wantsCsv(accept: string | undefined): boolean {
  const types = mediaTypes(accept);
  if (
    types.length === 0 ||
    types.some((type) => ['application/json', '*/*', 'application/*'].includes(type))
  ) {
    return false;
  }
  if (types.some((type) => type === 'text/csv' || type === 'text/*')) {
    return true;
  }
  throw new ImError('UnsupportedMediaType', `Unsupported Accept Media Types: ${types.join(',')}`);
}

/** Midnight of `YYYY-MM-DD` or `YYYY/MM/DD`. @throws ImError `Incorrect format in <name> parameter: YYYY/MM/dd` */
function dateOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') {
    return undefined;
  }
  const found = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text);
  const [, year, month, day] = (found ?? []).map(Number);
  const date = new Date(year ?? Number.NaN, (month ?? 0) - 1, day);
  if (found === null || date.getMonth() !== (month ?? 0) - 1 || date.getDate() !== day) {
    throw new ImError('InvalidRequest', `Incorrect format in ${name} parameter: YYYY/MM/dd`);
  }
  return date.getTime();
}
