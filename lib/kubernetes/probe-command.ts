import { type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { parseArgs } from 'node:util';
import { clearTimeout, setTimeout } from '../checks/clock.js';
import { COMMAND } from '../health.messages.js';

/** Shorter than the time-outs that Docker and ECS have for a health check by default. */
export const DEFAULT_TIMEOUT_MS = 4_000;
// The kubelet reads as much.
const MAX_BODY_BYTES = 10 * 1024;

/** The output of the command, and whether the probe succeeded. */
export interface ProbeOutput {
  readonly text: string;
  readonly hasPassed: boolean;
}

/**
 * Sends one probe as the kubelet does: GET, no keep-alive, any certificate, 200 to 399 is a success. It
 * needs neither Nest nor a shell nor curl.
 *
 * @throws {Error} naming the argument, its value and what is allowed
 */
export async function probe(args: readonly string[]): Promise<ProbeOutput> {
  const { url, timeoutMs } = parse(args);
  try {
    const { status, body } = await get(url, timeoutMs);
    return { text: body.replace(/\n?$/, '\n'), hasPassed: status >= 200 && status < 400 };
  } catch (error) {
    return { text: `${(error as Error).message}\n`, hasPassed: false };
  }
}

function parse(args: readonly string[]): { url: URL; timeoutMs: number } {
  // Not strict: then a mistake gets an error of ours, in one line, and not parseArgs's.
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: { 'timeout-ms': { type: 'string' } },
    strict: false,
    tokens: true,
  });
  let timeout = String(DEFAULT_TIMEOUT_MS);
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name !== 'timeout-ms') {
      throw new Error(COMMAND.unknownFlag(token.rawName, ['timeout-ms', 'help']));
    }
    timeout = token.value ?? '';
  }
  const timeoutMs = /^\d+$/.test(timeout) ? Number(timeout) : Number.NaN;
  if (!(timeoutMs >= 1 && timeoutMs < 2 ** 31)) {
    const allowed = 'a whole number of milliseconds from 1 to 2147483647';
    throw new Error(COMMAND.invalid('--timeout-ms', timeout, allowed));
  }
  const [text = '', ...others] = positionals;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || others.length || !/^https?:$/.test(url.protocol)) {
    const allowed = 'one, such as http://127.0.0.1:3000/readiness';
    throw new Error(COMMAND.invalid('the URL', positionals.join(' '), allowed));
  }
  return { url, timeoutMs };
}

async function get(url: URL, timeoutMs: number): Promise<{ status: number; body: string }> {
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    agent: false,
    headers: { Accept: '*/*', Connection: 'close', 'User-Agent': 'nestjs-healthz-probe' },
    rejectUnauthorized: false,
  };
  // Loading TLS takes longer than the whole probe of a plain URL.
  const request = url.protocol === 'https:' ? (await import('node:https')).request : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      readBody(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        reject,
      );
    });
    sent.on('error', reject).on('close', () => clearTimeout(timer));
    const timer = setTimeout(() => sent.destroy(new Error(COMMAND.timedOut(timeoutMs))), timeoutMs);
    sent.end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString();
}
