import { execFileSync } from 'node:child_process';

const lookUp = (option: '-u' | '-g') =>
  Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));

/**
 * Who the servers run as: the current user, or `nobody` under root, as PostgreSQL refuses to run
 * as root and the others only do so on request.
 */
export const account =
  process.getuid?.() === 0
    ? { uid: lookUp('-u'), gid: lookUp('-g') }
    : { uid: process.getuid?.(), gid: process.getgid?.() };

/**
 * How every child is spawned: as {@link account}, in a directory which that account may enter, and
 * without the settings of the developer's shell (`PGDATA`, `LANG`, `MYSQL_HOME`, …). With `TZ` given,
 * initdb need not compare the system's time zone with hundreds of files.
 */
export const childOptions = (cwd: string) => ({
  ...account,
  cwd,
  env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
});
