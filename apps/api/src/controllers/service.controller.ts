import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { ImError, messageOf } from '@im/domain';
import { All, Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from '../dependencies.js';
import { API_DEPENDENCIES } from '../dependencies.js';
import { mediaTypes, negotiate } from '../http/accept.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer, propertyAnswer } from '../http/answer.js';
import { send } from '../http/endpoints.js';
import { errorAnswer } from '../http/error-answer.js';
import { withoutFinalSlash } from '../http/public-url.js';
import { openApiDocument } from '../openapi/document.js';
import { swaggerPage } from '../openapi/swagger-page.js';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.yaml': 'text/yaml; charset=utf-8',
  '.yml': 'text/yaml; charset=utf-8',
};
const swaggerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Endpoints that need no authorization (spec: rest-api.md 10.1, 10.5, 10.6, 11). */
@Controller()
export class ServiceController {
  private readonly swaggerFolder = dirname(
    createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'),
  );

  constructor(@Inject(API_DEPENDENCIES) private readonly dependencies: ApiDependencies) {}

  @Get('version')
  async version(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, this.versionAnswer(request.headers.accept));
  }

  @Get('health/live')
  async live(@Res() reply: FastifyReply): Promise<void> {
    send(reply, jsonAnswer({ status: 'ok' }));
  }

  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const problems: Record<string, string> = {};
    await Promise.all(
      this.dependencies.readiness.map(async ({ name, check }) => {
        try {
          await check();
        } catch (error) {
          problems[name] = messageOf(error);
        }
      }),
    );
    const ready = Object.keys(problems).length === 0;
    const answer = jsonAnswer(ready ? { status: 'ok' } : { status: 'unavailable', problems });
    send(reply, { ...answer, status: ready ? 200 : 503 });
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const { metrics } = this.dependencies;
    send(reply, { status: 200, type: metrics.contentType, body: await metrics.render() });
  }

  @Get()
  async home(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const accept = mediaTypes(request.headers.accept);
    const asJson = accept.includes('application/json') && !accept.includes('text/html');
    const root = withoutFinalSlash(this.dependencies.config.REST_ROOT_PATH);
    send(
      reply,
      asJson
        ? jsonAnswer(openApiDocument(root))
        : { status: 200, type: 'text/html; charset=utf-8', body: swaggerPage(root) },
    );
  }

  @Get('openapi.json')
  async openApi(@Res() reply: FastifyReply): Promise<void> {
    send(reply, jsonAnswer(openApiDocument(withoutFinalSlash(this.dependencies.config.REST_ROOT_PATH))));
  }

  /** The description has one page only. */
  @Get('redoc')
  async redoc(@Res() reply: FastifyReply): Promise<void> {
    await reply.redirect(`${withoutFinalSlash(this.dependencies.config.REST_ROOT_PATH)}/`, 307);
  }

  @Get('docs/assets/:file')
  async swaggerFile(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('file') file: string,
  ): Promise<void> {
    const known = swaggerFiles.find((name) => name === file);
    await this.sendFile(request, reply, known === undefined ? null : join(this.swaggerFolder, known));
  }

  @Get('static/:file')
  async staticFile(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('file') file: string,
  ): Promise<void> {
    const folder = this.dependencies.config.STATIC_FILES_DIR;
    if (folder === '') {
      send(reply, errorAnswer(request.headers.accept, 404, 'Static files not enabled.'));
      return;
    }
    const plain = basename(file) === file && !file.startsWith('.') && !file.includes('\0');
    await this.sendFile(request, reply, plain ? join(folder, file) : null);
  }

  @All('oai')
  async oai(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, errorAnswer(request.headers.accept, 400, 'OAI-PMH not enabled.'));
  }

  private versionAnswer(accept: string | undefined): Answer {
    try {
      return propertyAnswer(negotiate(accept, 'text/plain'), 'version', this.dependencies.version);
    } catch (error) {
      if (error instanceof ImError) {
        return errorAnswer(accept, error.status, error.message);
      }
      throw error;
    }
  }

  private async sendFile(request: FastifyRequest, reply: FastifyReply, path: string | null): Promise<void> {
    let content: Buffer | null = null;
    try {
      content = path === null ? null : await readFile(path);
    } catch (error) {
      this.dependencies.logger.debug('file not served', { path: path ?? '', reason: messageOf(error) });
    }
    if (content === null || path === null) {
      send(reply, errorAnswer(request.headers.accept, 404, 'File not found'));
      return;
    }
    await reply
      .code(200)
      .header('content-type', types[extname(path)] ?? 'application/octet-stream')
      .send(content);
  }
}
