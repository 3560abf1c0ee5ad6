import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers a request if it is for a probe, and returns whether it was. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;
