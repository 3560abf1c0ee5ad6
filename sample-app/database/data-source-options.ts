import type { DataSourceOptions } from 'typeorm';

const CONNECT_TIMEOUT_MS = 3000;

/** The database behind `url`, or SQLite in memory when there is none. */
export function dataSourceOptions(url: string | undefined): DataSourceOptions {
  if (url === undefined) {
    return { type: 'sqljs' };
  }
  const scheme = /^([a-z]+):\/\//.exec(url)?.[1];
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return {
        type: 'postgres',
        // TypeORM takes the driver's type from the scheme, and knows only the short one.
        url: url.replace(/^postgresql:/, 'postgres:'),
        connectTimeoutMS: CONNECT_TIMEOUT_MS,
      };
    case 'mysql':
    case 'mariadb':
      return { type: scheme, url, connectTimeout: CONNECT_TIMEOUT_MS };
    default:
      // Without the URL itself: it may hold a password.
      throw new Error(
        `A database URL must start with postgres://, mysql:// or mariadb://, not with ${
          scheme === undefined ? 'something else' : `${scheme}://`
        }.`,
      );
  }
}
