import { readFileSync } from 'node:fs';
import { kubernetesProbes } from 'nestjs-healthz';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { MODULE_OPTIONS_TOKEN } from '../../lib/health.module-definition.js';
import { createApp } from '../../sample-app/app.js';
import { dataSourceOptions } from '../../sample-app/database/data-source-options.js';
import { readSettings, SETTINGS, type Settings } from '../../sample-app/settings/settings.js';

const read = (file: string) =>
  readFileSync(new URL(`../../sample-app/${file}`, import.meta.url), 'utf8');

const PROBE = ['CMD', 'node', 'dist/lib/kubernetes/cli.js', 'probe'];

/** The variables the sample really reads, and what NODE_ENV means to Express. */
function variablesRead(): string[] {
  const names = ['NODE_ENV'];
  readSettings(new Proxy({}, { get: (_, name) => void names.push(`${String(name)}`) }));
  return names;
}

describe('k8s/', () => {
  const deployment = parse(read('k8s/deployment.yaml'));
  const service = parse(read('k8s/service.yaml'));
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;
  const env: { name: string; value?: string; valueFrom?: object }[] = container.env;

  it('has the probes and the grace period of the app, as it is set up there', async () => {
    for (const { name, value } of env) {
      if (value !== undefined) vi.stubEnv(name, value);
    }
    onTestFinished(() => void vi.unstubAllEnvs());
    const app = await createApp({ logger: false });
    onTestFinished(() => app.close());
    const options = app.get(MODULE_OPTIONS_TOKEN, { strict: false });
    const { port } = app.get<Settings>(SETTINGS);

    const { terminationGracePeriodSeconds, ...probes } = kubernetesProbes({ ...options, port });
    expect(pod.spec.terminationGracePeriodSeconds).toBe(terminationGracePeriodSeconds);
    expect(container).toMatchObject(probes);
    expect(Object.keys(container).filter((key) => key.endsWith('Probe'))).toHaveLength(3);
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(options.drainMs).toBeGreaterThan(0);
  });

  it('sets variables that the app reads, and secrets only from a Secret', () => {
    expect(variablesRead()).toEqual(expect.arrayContaining(env.map(({ name }) => name)));
    const secret = env.filter(({ name }) => /URL|SECRET/.test(name));
    expect(secret.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'SESSION_SECRET']),
    );
    for (const { value, valueFrom } of secret) {
      expect({ value, valueFrom }).toEqual({
        value: undefined,
        valueFrom: { secretKeyRef: expect.objectContaining({ name: 'notes' }) },
      });
    }
  });

  it('replaces a pod only when the next one is ready, and runs as no root', () => {
    expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container.securityContext.allowPrivilegeEscalation).toBe(false);
  });

  it('leads from the service to the container', () => {
    expect(pod.metadata.labels).toMatchObject(service.spec.selector);
    expect(pod.metadata.labels).toMatchObject(deployment.spec.selector.matchLabels);
    expect(container.ports[0].name).toBe(service.spec.ports[0].targetPort);
  });
});

describe('compose.yaml', () => {
  const { services } = parse(read('compose.yaml'));
  const { environment, healthcheck } = services.app;

  it('sets variables that the app reads', () => {
    expect(variablesRead()).toEqual(expect.arrayContaining(Object.keys(environment)));
  });

  it('leads from the app to the database and the cache beside it', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services.database.environment;
    expect(dataSourceOptions(environment.DATABASE_URL).type).toBe('postgres');
    expect(environment.DATABASE_URL).toBe(
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@database:5432/${POSTGRES_DB}`,
    );
    expect(services[environment.MEMCACHED_SERVERS.replace(/:11211$/, '')].image).toMatch(
      /^memcached:/,
    );
    expect(Object.keys(services.app.depends_on).toSorted()).toEqual(['cache', 'database']);
  });

  it('probes readiness where the app listens, with a time-out longer than the answer takes', () => {
    const { readinessProbe, terminationGracePeriodSeconds } = kubernetesProbes();
    const { path, port } = readinessProbe!.httpGet;
    expect(readSettings(environment).port).toBe(port);
    expect(healthcheck.test).toEqual([...PROBE, `http://127.0.0.1:${port}${path}`]);
    expect(parseInt(healthcheck.timeout)).toBeGreaterThan(readinessProbe!.timeoutSeconds);
    expect(services.app.stop_grace_period).toBe(`${terminationGracePeriodSeconds}s`);
  });
});

it('Dockerfile has a health check, of liveness', () => {
  const { path, port } = kubernetesProbes().livenessProbe!.httpGet;
  const [, ...command] = [...PROBE, `http://127.0.0.1:${port}${path}`];
  expect(read('Dockerfile')).toContain(`  CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
});

it('Dockerfile starts Node itself, as a user whom Kubernetes knows not to be root', () => {
  const lines = read('Dockerfile').split('\n');
  expect(lines).toContain('CMD ["node", "dist/sample-app/main.js"]');
  expect(lines).toContain('USER 1000:1000');
});
