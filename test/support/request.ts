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
  /** Sent unchanged: neither decoded nor normalized. */
  path: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: Buffer | string;
}

/** Sends one request on a separate connection. Rejects when there is no response. */
export function request(port: number, { body, ...wanted }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ port, host: '127.0.0.1', agent: false, ...wanted }, (incoming) => {
      const { statusCode: status = 0, headers } = incoming;
      buffer(incoming).then((bytes) => {
        resolve({ status, headers, bytes, body: String(bytes) });
      }, reject);
    });
    outgoing.setTimeout(DEADLINE_MS, () => {
      outgoing.destroy(new Error(`${wanted.method ?? 'GET'} ${wanted.path}: no response`));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const get = (port: number, path: string, headers: OutgoingHttpHeaders = {}) =>
  request(port, { path, headers });

/** GETs a path and returns the status and the body, such as `503 mail: check failed.`, without a final line break. */
export async function fetchText(port: number, path: string, headers: OutgoingHttpHeaders = {}) {
  const { status, body } = await get(port, path, headers);
  return `${status} ${body.replace(/\n$/, '')}`;
}

/** GETs liveness, startup and readiness on their default paths as text. */
export const fetchProbes = async (port: number) => [
  await fetchText(port, '/healthz'),
  await fetchText(port, '/startupz'),
  await fetchText(port, '/readiness'),
];

/** GETs a path as JSON. */
export async function getJson(port: number, path: string) {
  const { status, body } = await get(port, path, { accept: 'application/json' });
  return { status, body: JSON.parse(body) as unknown };
}

/** A report without the response times, which differ in each run. */
export const withoutTimes = <T>(report: T): T =>
  JSON.parse(
    JSON.stringify(report, (key, value: unknown) => (key === 'responseTime' ? undefined : value)),
  ) as T;

/** Writes raw bytes to one socket, and reads until the server closes the connection. */
export async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('the connection stays open')));
  socket.write(sent);
  return text(socket);
}

/** Splits a stream of HTTP responses by their Content-Length. */
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
