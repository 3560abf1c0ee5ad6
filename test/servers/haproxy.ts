import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from './binary.js';
import { freePort } from './free-port.js';
import { type ServerCommand, ServerProcess } from './process.js';

/**
 * A real HAProxy in front of HTTP servers on 127.0.0.1, each with a health check. It never sends a
 * request twice, so that one that fails is seen to.
 */
export class HaproxyServer extends ServerProcess {
  readonly #haproxy = findBinary('haproxy', 'haproxy');
  readonly #config = join(this.dir, 'haproxy.cfg');

  constructor(
    port: number,
    private readonly statsPort: number,
    backends: readonly number[],
    check: string,
  ) {
    super(port);
    writeFileSync(this.#config, this.#configuration(backends, check));
  }

  /** What it makes of each backend, in order: `UP` or `DOWN`. */
  async states(): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${this.statsPort}/;csv`);
    const [head = '', ...lines] = (await response.text()).split('\n');
    const columns = head.replace('# ', '').split(',');
    const [name, server, status] = ['pxname', 'svname', 'status'].map((each) =>
      columns.indexOf(each),
    ) as [number, number, number];
    return lines
      .map((line) => line.split(','))
      .filter((line) => line[name] === 'app' && line[server]?.startsWith('pod'))
      .map((line) => line[status]?.split(' ')[0] ?? '');
  }

  protected async answers(): Promise<boolean> {
    return this.states().then(
      () => true,
      () => false,
    );
  }

  protected command(): ServerCommand {
    return { file: this.#haproxy, args: ['-db', '-f', this.#config], stopSignal: 'SIGTERM' };
  }

  #configuration(backends: readonly number[], check: string): string {
    const servers = backends.map((port, n) => `  server pod${n} 127.0.0.1:${port} check`);
    return `
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout check 5s
  retries 0
frontend web
  bind 127.0.0.1:${this.port}
  default_backend app
backend app
  balance roundrobin
  option httpchk ${check}
  default-server inter 200ms fall 1 rise 1
${servers.join('\n')}
frontend stats
  bind 127.0.0.1:${this.statsPort}
  stats enable
  stats uri /
`;
  }
}

/**
 * Starts a HAProxy in front of these ports.
 *
 * @param check what `option httpchk` takes: a path alone sends `OPTIONS` in HTTP/1.0
 */
export async function startHaproxy(
  backends: readonly number[],
  check = 'GET /readiness',
): Promise<HaproxyServer> {
  const server = new HaproxyServer(await freePort(), await freePort(), backends, check);
  await server.start();
  return server;
}
