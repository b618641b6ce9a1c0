import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { CloudsController } from './controllers/clouds.controller.js';
import { InfrastructureController } from './controllers/infrastructure.controller.js';
import { InfrastructurePropertiesController } from './controllers/infrastructure-properties.controller.js';
import { InfrastructuresController } from './controllers/infrastructures.controller.js';
import { ServiceController } from './controllers/service.controller.js';
import { StatsController } from './controllers/stats.controller.js';
import { VmsController } from './controllers/vms.controller.js';
import type { ApiDependencies } from './dependencies.js';
import { API_DEPENDENCIES } from './dependencies.js';
import { Endpoints } from './http/endpoints.js';
import { InfrastructureReader } from './infrastructures/infrastructure-reader.js';
import { ToscaDocuments } from './tosca/tosca-documents.js';
import { ToscaThreads } from './tosca/tosca-threads.js';

/** All controllers over one set of dependencies. */
@Module({})
export class ApiModule {
  static with(dependencies: ApiDependencies): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        ServiceController,
        InfrastructuresController,
        InfrastructureController,
        InfrastructurePropertiesController,
        VmsController,
        CloudsController,
        StatsController,
      ],
      providers: [
        { provide: API_DEPENDENCIES, useValue: dependencies },
        {
          provide: ToscaThreads,
          useFactory: ({ toscaFiles }: ApiDependencies) => new ToscaThreads(toscaFiles),
          inject: [API_DEPENDENCIES],
        },
        { provide: ToscaDocuments, useFactory: toscaDocuments, inject: [API_DEPENDENCIES, ToscaThreads] },
        Endpoints,
        InfrastructureReader,
      ],
    };
  }
}

function toscaDocuments(
  { toscaFiles: files, config, logger }: ApiDependencies,
  threads: ToscaThreads,
): ToscaDocuments {
  const templateRepository = config.OAIPMH_REPO_BASE_IDENTIFIER_URL;
  return new ToscaDocuments({ files, threads, templateRepository, logger });
}
