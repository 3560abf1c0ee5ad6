import type { IncomingMessage } from 'node:http';
import { type INestApplication, Logger } from '@nestjs/common';
import session, { type Session, type SessionData } from 'express-session';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { DatabaseSessionStore } from './database-session.store.js';
import { SESSION_MS } from './session-duration.js';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

/** Every request gets a session, in front of every controller, guard and module middleware. */
export function useSessions(app: INestApplication): void {
  const { sessionSecret } = app.get<Settings>(SETTINGS);
  if (sessionSecret === undefined) {
    new Logger('Session').warn('SESSION_SECRET is not set: using a public one.');
  }
  app.use(
    session({
      name: 'notes.sid',
      secret: sessionSecret ?? 'for development only',
      store: app.get(DatabaseSessionStore),
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: SESSION_MS, sameSite: 'lax' },
    }),
  );
  app.use(countVisit);
}

/** Saves before the request goes on: express-session alone saves when half of the response is sent. */
function countVisit(
  request: IncomingMessage & { session?: Session & Partial<SessionData> },
  _response: unknown,
  next: (error?: unknown) => void,
): void {
  const { session: own } = request;
  // There is none outside the cookie's path, as with `OPTIONS *`.
  if (!own) {
    next();
    return;
  }
  own.visits = (own.visits ?? 0) + 1;
  own.save(next);
}
