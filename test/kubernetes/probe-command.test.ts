import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useBuiltCommand } from './built-command.js';

const command = useBuiltCommand();
const probe = async (...args: string[]) => {
  const { code, stdout, stderr } = await command('probe', ...args);
  return { code, stdout, stderr };
};

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = async (listener: RequestListener) =>
  `http://${await listen(createServer(listener))}/readiness`;

describe('nestjs-healthz probe', () => {
  it.each([
    [200, 0],
    [204, 0],
    [302, 0],
    [399, 0],
    [400, 1],
    [404, 1],
    [503, 1],
  ])('of an answer with status %d exits with %d, and prints the body', async (status, code) => {
    const url = await serve((_, response) =>
      response.writeHead(status).end('db: down.\ncache: up.'),
    );
    const stdout = status === 204 ? '\n' : 'db: down.\ncache: up.\n';
    expect(await probe(url)).toEqual({ code, stdout, stderr: '' });
  });

  it('sends the request of a prober', async () => {
    const url = await serve(({ method, url: path, httpVersion, headers }, response) => {
      response.end(JSON.stringify({ method, path, httpVersion, headers }));
    });
    const { stdout } = await probe(`${url}?exclude=mail`);
    expect(JSON.parse(stdout)).toEqual({
      method: 'GET',
      path: '/readiness?exclude=mail',
      httpVersion: '1.1',
      headers: {
        accept: '*/*',
        connection: 'close',
        'user-agent': 'nestjs-healthz-probe',
        host: new URL(url).host,
      },
    });
  });

  it('accepts any certificate, as the kubelet does', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nestjs-healthz-tls-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=app', '-days', '1', '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], {
      stdio: 'ignore',
    });
    const options = { key: await readFile(key), cert: await readFile(cert) };
    const server = createTlsServer(options, (_, response) => response.end('OK'));
    expect(await probe(`https://${await listen(server)}/`)).toMatchObject({
      code: 0,
      stdout: 'OK\n',
    });
  });

  it('prints at most 10 KiB', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(1_000_000)));
    const { code, stdout } = await probe(url);
    expect(code).toBe(0);
    expect(stdout).toHaveLength(10 * 1024 + 1);
  });

  it.each([
    ['never answers', () => {}],
    ['answers slowly', (socket: NodeJS.WritableStream) => socket.write('HTTP/1.1 200 OK\r\n')],
    [
      'never ends its body',
      (socket: NodeJS.WritableStream) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nOK'),
    ],
  ])('of a server that %s exits with 1 at the time-out', async (_, answer) => {
    const server = createTcpServer((socket) => void answer(socket.on('error', () => {})));
    const result = await probe(`http://${await listen(server)}/`, '--timeout-ms', '300');
    expect(result).toMatchObject({ code: 1, stdout: 'no answer within 300 ms.\n', stderr: '' });
  });

  it('exits with 1 when the connection is refused, or the answer is no HTTP', async () => {
    expect(await probe('http://127.0.0.1:1/')).toMatchObject({
      code: 1,
      stdout: 'connect ECONNREFUSED 127.0.0.1:1\n',
    });
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(await probe(`http://${await listen(server)}/`)).toMatchObject({ code: 1 });
  });

  const URL_FORM = 'allowed: one, such as http://127.0.0.1:3000/readiness.';
  it.each([
    [[], `the URL is ''; ${URL_FORM}`],
    [['localhost:3000/readiness'], `the URL is 'localhost:3000/readiness'; ${URL_FORM}`],
    [['http://a/', 'http://b/'], `the URL is 'http://a/ http://b/'; ${URL_FORM}`],
    [['http://a/', '--timeout', '3'], '--timeout is not a flag; allowed: --timeout-ms, --help.'],
    [['http://a/', '--timeout-ms', '3s'], "--timeout-ms is '3s'; allowed: a whole number of"],
    [['http://a/', '--timeout-ms', '0'], "--timeout-ms is '0'; allowed: a whole number of"],
    [['http://a/', '--timeout-ms'], "--timeout-ms is ''; allowed: a whole number of"],
  ])(
    'with the arguments %j exits with 1, never with 2, and names the mistake',
    async (...given) => {
      const [args, message] = given;
      const { code, stdout, stderr } = await probe(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`nestjs-healthz: ${message}`);
    },
  );

  it('explains itself', async () => {
    const { code, stdout } = await probe('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Example: npx nestjs-healthz probe http://127.0.0.1:3000/readiness');
  });
});
