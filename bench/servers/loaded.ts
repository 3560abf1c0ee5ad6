import { Controller, Get, Inject } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  TerminusModule,
  TypeOrmHealthIndicator,
} from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import Memcached from 'memcached';
import { HealthModule } from 'nestjs-healthz';
import type { Addresses } from '../support/databases.js';
import type { Apps } from '../support/serve.js';
import { startNest } from './nest.js';

/** An app with databases and a cache, and Terminus beside the module. */
const start = ({ postgres, mysql, memcached }: Addresses) => {
  @Controller()
  class AppController {
    constructor(
      @Inject(HealthCheckService) private readonly health: HealthCheckService,
      @Inject(TypeOrmHealthIndicator) private readonly indicator: TypeOrmHealthIndicator,
    ) {}

    @Get()
    nothing(): void {}

    @Get('terminus')
    @HealthCheck()
    check() {
      return this.health.check([() => this.indicator.pingCheck('default')]);
    }
  }
  return startNest('Fastify', {
    imports: [
      HealthModule.forRoot(),
      TerminusModule,
      TypeOrmModule.forRoot(mysql),
      TypeOrmModule.forRoot({ ...postgres, name: 'second', connectTimeoutMS: 2000 }),
    ],
    providers: [{ provide: 'CACHE', useValue: new Memcached(memcached) }],
    controllers: [AppController],
  });
};

export const apps: Apps = { start };
