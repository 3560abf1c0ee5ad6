import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  freePort,
  type HaproxyServer,
  type MemcachedServer,
  type PostgresServer,
  startHaproxy,
  startMemcached,
  startPostgres,
  until,
} from '../servers/index.js';
import { get } from '../support/request.js';
import { Load, type Outcomes } from '../support/load.js';
import { SampleApp } from '../support/sample-app.js';

/** Each test starts up to six apps, one after the other, under load. */
const SLOW_MS = 240_000;
const PODS = 3;
const CLIENTS = 6;
/** Longer than HAProxy, which probes every 200 ms, takes to mark a pod down. */
const DRAIN_MS = 1_500;

let database: PostgresServer;
let cache: MemcachedServer;

beforeAll(async () => {
  [database, cache] = await Promise.all([startPostgres(), startMemcached()]);
});
afterAll(() => Promise.all([database.dispose(), cache.dispose()]));

/** Three pods behind a load balancer. */
class Cluster {
  private readonly pods: SampleApp[] = [];

  private constructor(
    readonly haproxy: HaproxyServer,
    private readonly ports: readonly number[],
    private readonly drainMs: number,
  ) {}

  static async start(drainMs: number): Promise<Cluster> {
    const ports = [await freePort(), await freePort(), await freePort()];
    const cluster = new Cluster(await startHaproxy(ports), ports, drainMs);
    onTestFinished(() => cluster.dispose());
    for (let n = 0; n < PODS; n++) await cluster.startPod(n);
    return cluster;
  }

  /** Replaces all pods, one after the other. Each waits until HAProxy uses the one before. */
  async restart(): Promise<void> {
    for (let n = 0; n < PODS; n++) {
      const pod = this.pods[n] as SampleApp;
      pod.signal('SIGTERM');
      await pod.ended();
      await this.startPod(n);
    }
  }

  /** All checks of each pod, as text. */
  async readiness(): Promise<string[]> {
    const answers = this.ports.map((port) => get(port, '/readiness?verbose'));
    return (await Promise.all(answers)).map(({ body }) => body);
  }

  load(): Load {
    const load = new Load(`http://127.0.0.1:${this.haproxy.port}/api/notes`, CLIENTS);
    onTestFinished(() => load.dispose());
    return load;
  }

  private async startPod(n: number): Promise<void> {
    const pod = await SampleApp.spawn({
      PORT: this.ports[n] as number,
      DATABASE_URL: database.url,
      MEMCACHED_SERVERS: cache.address,
      DRAIN_MS: this.drainMs,
    });
    this.pods[n] = pod;
    await pod.ready();
    await until(
      'HAProxy uses the pod',
      async () => (await this.haproxy.states())[n] === 'UP',
      30_000,
    );
  }

  private async dispose(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.dispose()));
    await this.haproxy.dispose();
  }
}

const isDegraded = (report: string) => report.includes('[~] db.default degraded');

const failuresIn = (outcomes: Outcomes) =>
  Object.entries(outcomes).filter(([outcome]) => outcome !== '200');

describe('a rolling restart under load', { timeout: SLOW_MS }, () => {
  it('loses no request with drainMs', async () => {
    const cluster = await Cluster.start(DRAIN_MS);
    const load = cluster.load();
    await cluster.restart();
    const outcomes = await load.stop();
    expect(failuresIn(outcomes)).toEqual([]);
    expect(outcomes['200']).toBeGreaterThan(100);
  });

  it('loses requests without drainMs, which proves that the test above can fail', async () => {
    const cluster = await Cluster.start(0);
    const load = cluster.load();
    await cluster.restart();
    expect(failuresIn(await load.stop())).not.toEqual([]);
  });
});

it(
  'no pod that was ready leaves the load balancer while the database that all share is down',
  { timeout: SLOW_MS },
  async () => {
    const cluster = await Cluster.start(0);
    const load = cluster.load();
    await database.stop();
    await until('all pods are degraded', async () => (await cluster.readiness()).every(isDegraded));
    // Ten probes of HAProxy.
    await pass(2_000);
    expect(await cluster.haproxy.states()).toEqual(['UP', 'UP', 'UP']);
    await database.start();
    await until('no pod is degraded', async () => !(await cluster.readiness()).some(isDegraded));
    await load.stop();
    expect((await get(cluster.haproxy.port, '/api/notes')).status).toBe(200);
  },
);
