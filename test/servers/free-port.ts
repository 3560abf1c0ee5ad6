import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const HIGHEST = 32_768;
const LOWEST = 20_000;

/**
 * A port of 127.0.0.1 on which nothing listens, below the range from which Linux takes the local
 * ports of outgoing connections: there, while a server is stopped, a client could be given its port,
 * or even be connected to itself. Drawn at random, so that parallel workers do not meet.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(LOWEST, HIGHEST);
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
