import { kubernetesProbes, type KubernetesProbesOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../lib/health.options.js';
import { worstCaseMs } from '../../lib/kubernetes/worst-case.js';

const check = async () => ({ billing: { status: 'up' as const } });

it('fits the defaults', () => {
  expect(kubernetesProbes()).toEqual({
    livenessProbe: {
      httpGet: { path: '/healthz', port: 3000 },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    readinessProbe: {
      httpGet: { path: '/readiness', port: 3000 },
      periodSeconds: 5,
      timeoutSeconds: 4,
      failureThreshold: 2,
    },
    startupProbe: {
      httpGet: { path: '/startupz', port: 3000 },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 150,
    },
    terminationGracePeriodSeconds: 30,
  });
});

describe('path and port', () => {
  it('are the first path, and the port of the app', () => {
    const { livenessProbe, readinessProbe } = kubernetesProbes({
      port: 8080,
      liveness: '/live',
      readiness: { path: ['/ready', '/readiness'] },
    });
    expect(livenessProbe?.httpGet).toEqual({ path: '/live', port: 8080 });
    expect(readinessProbe?.httpGet).toEqual({ path: '/ready', port: 8080 });
  });

  it('may be the name of a port', () => {
    expect(kubernetesProbes({ port: 'http' }).startupProbe?.httpGet.port).toBe('http');
  });

  it('are the separate port if there is one', () => {
    const probes = kubernetesProbes({ port: 8080, server: { port: 9000 } });
    expect(probes.livenessProbe?.httpGet.port).toBe(9000);
    expect(probes.readinessProbe?.httpGet.port).toBe(9000);
    expect(probes.startupProbe?.httpGet.port).toBe(9000);
  });
});

it('omits probes that are switched off', () => {
  const probes = kubernetesProbes({ liveness: false, startup: false });
  expect(Object.keys(probes)).toEqual(['readinessProbe', 'terminationGracePeriodSeconds']);
});

describe('times', () => {
  it.each<KubernetesProbesOptions>([
    {},
    { timeoutMs: 1 },
    { timeoutMs: 949 },
    { timeoutMs: 950 },
    { timeoutMs: 2_950 },
    { timeoutMs: 4_000 },
    { timeoutMs: 30_000, liveness: { checks: { check } }, startup: { checks: { check } } },
    { dataSources: { timeoutMs: 9_000 }, memcached: false },
    { dataSources: false, memcached: { timeoutMs: 7_000 } },
    { dataSources: { timeoutMs: 9_000 }, readiness: { timeoutMs: 1_500 } },
    { startup: { checks: { check }, timeoutMs: 400_000 } },
    { timeoutMs: 2 ** 31 - 1 },
  ])('outlast the slowest answer under %o', (options) => {
    const probes = kubernetesProbes(options);
    const resolved = resolveOptions(options);
    for (const name of ['liveness', 'readiness', 'startup'] as const) {
      const { timeoutSeconds = 0, periodSeconds, failureThreshold } = probes[`${name}Probe`] ?? {};
      expect(timeoutSeconds * 1000).toBeGreaterThanOrEqual(worstCaseMs(resolved, name) + 250);
      expect(periodSeconds).toBeGreaterThanOrEqual(timeoutSeconds);
      expect(failureThreshold).toBeGreaterThanOrEqual(2);
      expect([timeoutSeconds, periodSeconds, failureThreshold].every(Number.isInteger)).toBe(true);
    }
  });

  it('follow the deadline of the probe that waits, and of no other', () => {
    const { livenessProbe, readinessProbe, startupProbe } = kubernetesProbes({ timeoutMs: 8_000 });
    expect(readinessProbe).toMatchObject({ periodSeconds: 9, timeoutSeconds: 9 });
    expect(livenessProbe).toEqual(kubernetesProbes().livenessProbe);
    expect(startupProbe).toEqual(kubernetesProbes().startupProbe);
  });

  it('leave five minutes to boot, however slow a check of startup is', () => {
    const { startupProbe } = kubernetesProbes({
      startup: { checks: { check }, timeoutMs: 19_000 },
    });
    expect(startupProbe).toMatchObject({ periodSeconds: 20, failureThreshold: 15 });
  });

  it.each([
    [0, 30],
    [1, 31],
    [5_000, 35],
    [5_001, 36],
  ])('leave Nest 30 s after a drain of %i ms', (drainMs, seconds) => {
    expect(kubernetesProbes({ drainMs }).terminationGracePeriodSeconds).toBe(seconds);
  });
});

describe('a mistake', () => {
  const PORT = 'a whole number from 1 to 65535';
  const PORT_OR_NAME = `${PORT}, or the name of a container port, such as 'http'`;
  it.each<[unknown, string]>([
    [{ port: 0 }, `port is 0; allowed: ${PORT_OR_NAME}.`],
    [{ port: 65_536 }, `port is 65536; allowed: ${PORT_OR_NAME}.`],
    [{ port: 80.5 }, `port is 80.5; allowed: ${PORT_OR_NAME}.`],
    [{ port: '3000' }, `port is '3000'; allowed: ${PORT_OR_NAME}.`],
    [{ port: 'HTTP' }, `port is 'HTTP'; allowed: ${PORT_OR_NAME}.`],
    [{ port: 'a--b' }, `port is 'a--b'; allowed: ${PORT_OR_NAME}.`],
    [{ port: '-http' }, `port is '-http'; allowed: ${PORT_OR_NAME}.`],
    [{ port: 'sixteen-letters-' }, `port is 'sixteen-letters-'; allowed: ${PORT_OR_NAME}.`],
    [{ port: 'http\n' }, `port is 'http\n'; allowed: ${PORT_OR_NAME}.`],
    [{ server: { port: 0 } }, `server.port is 0; allowed: ${PORT}.`],
    [{ timeoutMs: 0 }, 'timeoutMs is 0; allowed: '],
    [{ drain: 5 }, 'drain (5) is not an option; allowed: '],
  ])('%o is named', (options, message) => {
    expect(() => kubernetesProbes(options as KubernetesProbesOptions)).toThrow(message);
  });
});

it('are probes by gRPC, with a service for each, where the app has a health service', () => {
  const { livenessProbe, readinessProbe, startupProbe } = kubernetesProbes({
    grpc: { port: 5000 },
  });
  expect(livenessProbe?.grpc).toEqual({ port: 5000, service: 'liveness' });
  expect(readinessProbe).toEqual({
    ...kubernetesProbes().readinessProbe,
    httpGet: undefined,
    grpc: { port: 5000, service: 'readiness' },
  });
  expect(startupProbe?.grpc).toEqual({ port: 5000, service: 'startup' });
  expect(readinessProbe).not.toHaveProperty('httpGet');
  const wrong = { grpc: { port: 0 } };
  expect(() => kubernetesProbes(wrong)).toThrow('grpc.port is 0; allowed: a whole number from 1');
});
