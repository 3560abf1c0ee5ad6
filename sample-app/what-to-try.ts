/** What somebody who has just started the sample can do with it. */
export function whatToTry(origin: string): string {
  return `
The probes, ahead of the session, the guard and the prefix "api":
  curl ${origin}/healthz
  curl ${origin}/readiness
  curl ${origin}/startupz
  curl '${origin}/readiness?verbose'
  curl -H 'Accept: application/json' ${origin}/readiness

The page, which refreshes itself: ${origin}/readiness

The app, behind them:
  curl ${origin}/api/notes
  curl -H 'Content-Type: application/json' -d '{"text":"Buy milk"}' ${origin}/api/notes
  curl ${origin}/api/report

Its cache is best effort. Without it the app is degraded, and still ready:
  MEMCACHED_SERVERS=127.0.0.1:1 npm start
  curl '${origin}/readiness?verbose'

A database may be missing at the start, and may stop later:
  DATABASE_URL=postgres://postgres:secret@localhost:5432/postgres npm start
  curl ${origin}/readiness # 503: not ready before it has been there once
  docker run --name notes-db -d -p 5432:5432 -e POSTGRES_PASSWORD=secret postgres
  curl ${origin}/readiness # OK, without restarting the app
  docker stop notes-db     # degraded, still ready: all pods share the database

REPORTING_DATABASE_URL is the second database; mysql:// and mariadb:// work as well.
`;
}
