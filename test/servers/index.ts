export { BlackHole } from './black-hole.js';
export { freePort } from './free-port.js';
export { type HaproxyServer, startHaproxy } from './haproxy.js';
export { type MariadbServer, startMariadb } from './mariadb.js';
export {
  type MemcachedServer,
  type SaslMemcachedServer,
  startMemcached,
  startSaslMemcached,
} from './memcached.js';
export { type PostgresServer, startPostgres } from './postgres.js';
export { type RedisServer, startRedis } from './redis.js';
export { RemoteHost } from './remote-host.js';
export type { ServerProcess } from './process.js';
export type { SqlServer, SqlServerOptions } from './sql-server.js';
export { type ProxyMode, type StallProxy, startProxy } from './stall-proxy.js';
export { until } from './until.js';
