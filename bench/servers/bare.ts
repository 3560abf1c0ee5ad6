import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the module sends with `OK`, so that a peer by hand does the same work. */
const HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Length': 2,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Accept',
};

export function sendOk(response: ServerResponse): void {
  response.writeHead(200, HEADERS).end('OK');
}

/** The least a liveness probe can be: a middleware by hand. */
export function bareMiddleware(
  { url }: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (url === '/healthz') sendOk(response);
  else next();
}

/** The same without a thought for caches or content types. */
export function barestMiddleware(
  { url }: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (url === '/healthz') response.end('OK');
  else next();
}
