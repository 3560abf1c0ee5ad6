/** What somebody who has just started the sample can do with it. */
export function whatToTry(origin: string): string {
  return `
The probes, ahead of the session, the guard and the prefix "api":
  curl ${origin}/healthz
  curl ${origin}/readiness
  curl ${origin}/startupz
  curl -H 'Accept: application/json' ${origin}/readiness

The app, behind them:
  curl ${origin}/api/notes
  curl -H 'Content-Type: application/json' -d '{"text":"Buy milk"}' ${origin}/api/notes
  curl ${origin}/api/report

To see a failure, start the sample with a cache that is not there:
  MEMCACHED_SERVERS=127.0.0.1:1 npm start

or with a database that you can stop:
  docker run --name notes-db -d -p 5432:5432 -e POSTGRES_PASSWORD=secret postgres
  DATABASE_URL=postgres://postgres:secret@localhost:5432/postgres npm start
  docker stop notes-db     # /healthz stays OK, /readiness says what is wrong, /api/notes fails
  docker start notes-db    # all is well again, without restarting the app

REPORTING_DATABASE_URL is the second database; mysql:// and mariadb:// work as well.
`;
}
