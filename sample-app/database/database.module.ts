import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { dataSourceOptions } from './data-source-options.js';
import { REPORTING } from './names.js';

const logger = new Logger('Database');

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: ({ databaseUrl }: Settings) => moduleOptions('default', databaseUrl),
    }),
    TypeOrmModule.forRootAsync({
      name: REPORTING,
      inject: [SETTINGS],
      useFactory: ({ reportingDatabaseUrl }: Settings) =>
        moduleOptions(REPORTING, reportingDatabaseUrl),
    }),
  ],
})
export class DatabaseModule {}

function moduleOptions(name: string, url: string | undefined): TypeOrmModuleOptions {
  const options = dataSourceOptions(url);
  logger.log(`${name}: ${url === undefined ? 'SQLite in memory (sql.js)' : options.type}`);
  // Not initialized here but by HealthModule, so that the app starts without its database too.
  return { ...options, autoLoadEntities: true, synchronize: true, manualInitialization: true };
}
