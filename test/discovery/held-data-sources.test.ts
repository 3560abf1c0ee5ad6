import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { probedApp } from '../support/probed-app.js';
import { unconnected } from './memory-data-source.js';

const NOT_CONNECTED = 'not connected yet.';

/** A map of all states, such as `{ 'db.default': 'down' }`. */
async function statesOf(app: Awaited<ReturnType<typeof probedApp>>) {
  const { body } = await app.report();
  return Object.fromEntries(
    Object.entries(body.details).map(([name, { status }]) => [name, status]),
  );
}

describe('a DataSource that a provider holds', () => {
  it('in a field is found, named by it, and required', async () => {
    @Injectable()
    class ReportService {
      readonly dataSource = unconnected();
    }
    const app = await probedApp({ providers: [ReportService] });
    expect(await app.fetchReadiness()).toBe(`503 db.ReportService.dataSource: ${NOT_CONNECTED}`);
  });

  it('in a list, a map or a plain object is degraded at worst', async () => {
    @Injectable()
    class TenantService {
      readonly list = [unconnected()];
      readonly byTenant = new Map([['acme', unconnected()]]);
      readonly named = { archive: unconnected() };
    }
    const app = await probedApp({ providers: [TenantService] });
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(await statesOf(app)).toEqual({
      'db.TenantService.list.0': 'degraded',
      'db.TenantService.byTenant.acme': 'degraded',
      'db.TenantService.named.archive': 'degraded',
    });
  });

  it.each<[string, () => object, string]>([
    ['a Map', () => new Map([['acme', unconnected()]]), 'db.TENANTS.acme'],
    ['a list', () => [unconnected()], 'db.TENANTS.0'],
  ])('is found where the provider is %s', async (_, provide, name) => {
    const app = await probedApp({ providers: [{ provide: 'TENANTS', useValue: provide() }] });
    expect(await statesOf(app)).toEqual({ [name]: 'degraded' });
  });

  it('is found when it is made late, and gone when it is removed', async () => {
    const tenants = new Map<string, DataSource>();
    const app = await probedApp({ providers: [{ provide: 'TENANTS', useValue: tenants }] });
    expect(await statesOf(app)).toEqual({});
    tenants.set('acme', unconnected());
    await until('it is found', async () => 'db.TENANTS.acme' in (await statesOf(app)), 15_000);
    tenants.clear();
    await until('it is gone', async () => !Object.keys(await statesOf(app)).length, 15_000);
  });

  it('and that is provided too has the name and the weight of the provider', async () => {
    const dataSource = unconnected();
    const holder = { provide: 'HOLDER', useValue: new Map([['it', dataSource]]) };
    const provided = { provide: DataSource, useValue: dataSource };
    const app = await probedApp({ providers: [holder, provided] });
    expect(await app.fetchReadiness()).toBe(`503 db.default: ${NOT_CONNECTED}`);
    expect(await statesOf(app)).toEqual({ 'db.default': 'down' });
  });

  it('may be excluded and optional by its name', async () => {
    @Injectable()
    class ReportService {
      readonly first = unconnected();
      readonly second = unconnected();
    }
    const app = await probedApp(
      { providers: [ReportService] },
      { dataSources: { exclude: ['ReportService.first'], optional: ['ReportService.second'] } },
    );
    expect(await statesOf(app)).toEqual({ 'db.ReportService.second': 'degraded' });
  });
});

describe('dataSources.sources', () => {
  it('checks a DataSource that is not found, by the given name', async () => {
    const app = await probedApp({}, { dataSources: { sources: { archive: unconnected() } } });
    expect(await app.fetchReadiness()).toBe(`503 db.archive: ${NOT_CONNECTED}`);
  });

  it('refuses a value that is no DataSource', async () => {
    const sources = { archive: {} };
    await expect(probedApp({}, { dataSources: { sources } })).rejects.toThrow(
      'HealthModule: dataSources.sources.archive is an object; allowed: a TypeORM DataSource.',
    );
  });
});

/** As esbuild and webpack rename a class. */
function renamed<T extends new (...args: never[]) => object>(target: T, name: string): T {
  Object.defineProperty(target, 'name', { value: name });
  return target;
}

describe('in a bundle, where classes have other names,', () => {
  it("TypeORM's own class is still the default", async () => {
    const { name } = DataSource;
    renamed(DataSource, 'OB');
    try {
      const app = await probedApp(
        { providers: [{ provide: DataSource, useValue: unconnected() }] },
        { dataSources: { optional: ['default'] } },
      );
      expect(await statesOf(app)).toEqual({ 'db.default': 'degraded' });
    } finally {
      renamed(DataSource, name);
    }
  });

  it('a class of the app has the name in the options of the DataSource', async () => {
    const Reports = renamed(class extends DataSource {}, 'OB');
    const useValue = new Reports({ type: 'sqljs', name: 'reports' } as never);
    const app = await probedApp({ providers: [{ provide: Reports, useValue }] });
    expect(await statesOf(app)).toEqual({ 'db.reports': 'down' });
  });
});
