import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as send } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

const DEADLINE_MS = 5_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface Request {
  /** Sent as it is: nothing is decoded or normalized. */
  path: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: Buffer | string;
}

/** One request on a connection of its own. Rejects when there is no answer. */
export function request(port: number, { body, ...wanted }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ port, host: '127.0.0.1', agent: false, ...wanted }, (incoming) => {
      const { statusCode: status = 0, headers } = incoming;
      buffer(incoming).then((bytes) => {
        resolve({ status, headers, bytes, body: String(bytes) });
      }, reject);
    });
    outgoing.setTimeout(DEADLINE_MS, () => {
      outgoing.destroy(new Error(`${wanted.method ?? 'GET'} ${wanted.path}: no answer`));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const get = (port: number, path: string, headers: OutgoingHttpHeaders = {}) =>
  request(port, { path, headers });

/** What it says and nothing else, for tests about the words. */
export async function say(port: number, path: string, headers: OutgoingHttpHeaders = {}) {
  const { status, body } = await get(port, path, headers);
  return `${status} ${body}`;
}

/** The status and the JSON of the answer. */
export async function getJson(port: number, path: string) {
  const { status, body } = await get(port, path, { accept: 'application/json' });
  return { status, body: JSON.parse(body) as unknown };
}

/** A report without what no test can know: how long the checks took. */
export const withoutTimes = <T>(report: T): T =>
  JSON.parse(
    JSON.stringify(report, (key, value: unknown) => (key === 'responseTime' ? undefined : value)),
  ) as T;

/** Writes all of it at once on one socket, and reads to the end of the connection. */
export async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('the connection stays open')));
  socket.write(sent);
  return text(socket);
}

/** Takes a stream of answers apart, by their Content-Length. */
export function answersIn(received: string): { status: number; body: string }[] {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const head = received.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const rest = received.slice(end + 4);
  return [
    { status: Number(head.split(' ')[1]), body: rest.slice(0, length) },
    ...answersIn(rest.slice(length)),
  ];
}
