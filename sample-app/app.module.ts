import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { HealthModule } from 'nestjs-healthz';
import { AccessModule } from './access/access.module.js';
import { DatabaseModule } from './database/database.module.js';
import { NotesModule } from './notes/notes.module.js';
import { SessionModule } from './session/session.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { SETTINGS, type Settings } from './settings/settings.js';
import { ResponseTimeInterceptor } from './timing/response-time.interceptor.js';

@Module({
  imports: [
    SettingsModule,
    DatabaseModule,
    SessionModule,
    AccessModule,
    NotesModule,
    HealthModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: ({ drainMs, probePort }: Settings) => ({
        drainMs,
        // All pods share the databases: an outage must not leave the Service without pods.
        dataSources: { connect: true, optional: 'afterStart' },
        // The app serves without its cache.
        memcached: { optional: true },
        server: probePort === undefined ? undefined : { port: probePort },
      }),
    }),
  ],
  providers: [{ provide: APP_INTERCEPTOR, useClass: ResponseTimeInterceptor }],
})
export class AppModule {}
