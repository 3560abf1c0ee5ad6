import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import Memcached from 'memcached';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { BestEffortCache } from './best-effort-cache.js';
import { memcachedOptions } from './memcached-options.js';
import { NOTES_CACHE } from './notes-cache.js';
import { StandInMemcached } from './stand-in-memcached.js';

const STAND_IN = Symbol('STAND_IN');

const logger = new Logger('Cache');

@Module({
  providers: [
    {
      provide: STAND_IN,
      inject: [SETTINGS],
      useFactory: async ({ memcachedServers }: Settings) =>
        memcachedServers.length === 0 ? StandInMemcached.start() : null,
    },
    {
      provide: NOTES_CACHE,
      inject: [SETTINGS, STAND_IN],
      useFactory: ({ memcachedServers }: Settings, standIn: StandInMemcached | null) => {
        logger.log(
          standIn === null
            ? `memcached at ${memcachedServers.join(', ')}`
            : `MEMCACHED_SERVERS is not set: a stand-in in this process at ${standIn.address}`,
        );
        return new Memcached(
          standIn === null ? [...memcachedServers] : [standIn.address],
          memcachedOptions,
        );
      },
    },
    BestEffortCache,
  ],
  exports: [BestEffortCache],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(
    @Inject(NOTES_CACHE) private readonly client: Memcached,
    @Inject(STAND_IN) private readonly standIn: StandInMemcached | null,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.client.end();
    await this.standIn?.close();
  }
}
