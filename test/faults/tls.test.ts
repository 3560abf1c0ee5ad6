import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account } from '../servers/account.js';
import { findBinary } from '../servers/binary.js';
import { type PostgresServer, startPostgres, until } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { BUSY, giveBack, holdAll, POOL_SIZE, statusOf } from './held-pool.js';

const TIMEOUT_MS = 700;
const LATE = `503 db.default: no answer within ${TIMEOUT_MS} ms.`;

/** A key and its self-signed certificate, which the server may read and nobody else. */
function createCertificate() {
  const dir = mkdtempSync(join(tmpdir(), 'nestjs-healthz-tls-'));
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const openssl = findBinary('openssl', 'openssl');
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
  execFileSync(openssl, ['req', '-x509', '-subj', '/CN=localhost', ...made], { stdio: 'ignore' });
  const { uid, gid } = account;
  if (uid !== undefined && gid !== undefined) {
    for (const path of [dir, key, certificate]) chownSync(path, uid, gid);
  }
  return { key, certificate, remove: () => rmSync(dir, { recursive: true }) };
}

describe('postgres over TLS', () => {
  let certificate: ReturnType<typeof createCertificate>;
  let server: PostgresServer;
  beforeAll(async () => {
    certificate = createCertificate();
    const files = { ssl_cert_file: certificate.certificate, ssl_key_file: certificate.key };
    server = await startPostgres({ settings: { ssl: 'on', ...files } });
  });
  afterAll(async () => {
    await server?.dispose();
    certificate.remove();
  });

  async function start(extra = {}) {
    const ssl = { rejectUnauthorized: false };
    const options = { ...server.typeorm(), ssl, poolSize: POOL_SIZE, extra } as DataSourceOptions;
    const probed = await probedApp(
      { imports: [TypeOrmModule.forRoot(options)] },
      { timeoutMs: TIMEOUT_MS },
    );
    const encrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    expect(await probed.app.get(DataSource).query(encrypted)).toEqual([{ ssl: true }]);
    expect(await probed.fetchReadiness()).toBe('200 OK');
    return probed;
  }

  it.each([
    ['with a connection in the pool', {}, 1],
    ['with none', { idleTimeoutMillis: 1 }, 0],
  ])(
    'a suspended server is reported in time, and is up at once when it is back, %s',
    async (_, extra, idle) => {
      const probed = await start(extra);
      await until('the pool is as it is to be', async () => (await server.connections()) === idle);
      await server.suspend();
      for (let n = 0; n < 3; n++) expect(await probed.fetchReadiness()).toBe(LATE);
      server.resume();
      expect(await probed.fetchReadiness()).toBe('200 OK');
      await giveBack(await holdAll(probed));
    },
  );

  it('a held pool is busy, and the connection aside is gone in every case', async () => {
    const probed = await start();
    const runners = await holdAll(probed);
    expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    await server.suspend();
    expect(await probed.fetchReadiness()).toBe(LATE);
    server.resume();
    expect(await statusOf(probed)).toEqual([200, 'degraded', BUSY]);
    await until('it is gone', async () => (await server.connections()) === POOL_SIZE);
    await giveBack(runners);
    expect(await probed.fetchReadiness()).toBe('200 OK');
  });
});
