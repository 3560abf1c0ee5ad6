import { createRequire } from 'node:module';
import { type FactoryProvider, Injectable, Scope } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { moduleOf } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';
import { connectedAs, MEMORY, unconnected } from './memory-data-source.js';

const OK = '200 OK';

describe('TypeOrmModule', () => {
  it('forRoot, without a name and with several', async () => {
    const app = await probedApp({
      imports: [
        TypeOrmModule.forRoot(MEMORY),
        TypeOrmModule.forRoot({ ...MEMORY, name: 'reporting' }),
        TypeOrmModule.forRoot({ ...MEMORY, name: 'audit' }),
      ],
    });
    expect(await app.names()).toEqual(['db.audit', 'db.default', 'db.reporting']);
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('forRootAsync', async () => {
    const app = await probedApp({
      imports: [
        TypeOrmModule.forRootAsync({ useFactory: () => MEMORY }),
        TypeOrmModule.forRootAsync({ name: 'reporting', useFactory: async () => MEMORY }),
      ],
    });
    expect(await app.names()).toEqual(['db.default', 'db.reporting']);
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('dataSourceFactory', async () => {
    const app = await probedApp({
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => MEMORY,
          dataSourceFactory: async () => new DataSource(MEMORY).initialize(),
        }),
        TypeOrmModule.forRootAsync({
          name: 'reporting',
          useFactory: () => MEMORY,
          dataSourceFactory: async () => new DataSource(MEMORY),
        }),
      ],
    });
    expect(await app.names()).toEqual(['db.default', 'db.reporting']);
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('forRoot with manualInitialization, before somebody connects it', async () => {
    const app = await probedApp({
      imports: [TypeOrmModule.forRoot({ ...MEMORY, manualInitialization: true })],
    });
    expect(await app.fetchReadiness()).toBe('503 db.default: not connected yet.');
    await app.app.get(DataSource).initialize();
    expect(await app.fetchReadiness()).toBe(OK);
  });
});

describe('plain providers', () => {
  class OrdersDataSource extends DataSource {}
  class Warehouse {
    shelves = 3;
  }

  it.each<[string, FactoryProvider['provide'], string]>([
    ['the class', DataSource, 'db.default'],
    ['a string', 'orders', 'db.orders'],
    ['a string as @nestjs/typeorm has it', 'ordersDataSource', 'db.orders'],
    ['the bare suffix', 'DataSource', 'db.default'],
    ['a symbol', Symbol('orders'), 'db.orders'],
    ['a registered symbol', Symbol.for('ordersDataSource'), 'db.orders'],
    ['a subclass', OrdersDataSource, 'db.Orders'],
    ['another class', Warehouse, 'db.Warehouse'],
  ])('by %s as the token', async (_, token, name) => {
    const fromFactory = await probedApp({ providers: [connectedAs(token)] });
    expect(await fromFactory.names()).toEqual([name]);
    const value = { provide: token, useValue: unconnected() };
    const fromValue = await probedApp({ providers: [value] });
    expect(await fromValue.fetchReadiness()).toBe(`503 ${name}: not connected yet.`);
  });

  it('of a subclass, made by Nest itself', async () => {
    @Injectable()
    class AuditDataSource extends DataSource {
      constructor() {
        super(MEMORY);
      }
    }
    const app = await probedApp({ providers: [AuditDataSource] });
    expect(await app.fetchReadiness()).toBe('503 db.Audit: not connected yet.');
    await app.app.get(AuditDataSource).initialize();
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('in a module that exports nothing', async () => {
    const hidden = moduleOf({ providers: [connectedAs('hiddenDataSource')] });
    const app = await probedApp({ imports: [moduleOf({ imports: [hidden] })] });
    expect(await app.names()).toEqual(['db.hidden']);
  });
});

describe('a DataSource that is created later', () => {
  it('a lazy-loaded module counts from the next probe on', async () => {
    const app = await probedApp({ providers: [connectedAs(DataSource)] });
    expect(await app.names()).toEqual(['db.default']);
    const late = { provide: 'lateDataSource', useValue: unconnected() };
    await app.app.get(LazyModuleLoader).load(() => moduleOf({ providers: [late] }));
    expect(await app.fetchReadiness()).toBe('503 db.late: not connected yet.');
    expect(await app.names()).toEqual(['db.default', 'db.late']);
  });
});

describe('two copies of typeorm', () => {
  it('finds the DataSources of both', async () => {
    const second = secondCopyOfTypeorm();
    expect(second).not.toBe(DataSource);
    const other = new second(MEMORY);
    expect(other).not.toBeInstanceOf(DataSource);

    const app = await probedApp({
      providers: [connectedAs(DataSource), { provide: 'otherDataSource', useValue: other }],
    });
    expect(await app.fetchReadiness()).toBe('503 db.other: not connected yet.');
    await other.initialize();
    expect(await app.fetchReadiness()).toBe(OK);
    expect(await app.names()).toEqual(['db.default', 'db.other']);
  });
});

describe('a value that is no DataSource is ignored:', () => {
  it('request-scoped providers, of a class and of a factory', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class TenantDataSource extends DataSource {
      constructor() {
        super(MEMORY);
      }
    }
    const perRequest: FactoryProvider = {
      provide: 'perRequestDataSource',
      scope: Scope.REQUEST,
      useFactory: unconnected,
    };
    const perUser: FactoryProvider = { ...perRequest, provide: 'perUser', scope: Scope.TRANSIENT };
    const app = await probedApp({
      providers: [connectedAs(DataSource), TenantDataSource, perRequest, perUser],
    });
    // One that was really made for a request is nobody's either.
    const resolved = await app.app.resolve(TenantDataSource);
    expect(resolved).toBeInstanceOf(DataSource);
    expect(await app.names()).toEqual(['db.default']);
    expect(await app.fetchReadiness()).toBe(OK);
  });

  it('an object that resembles one', async () => {
    const app = await probedApp({
      providers: [
        { provide: 'options', useValue: MEMORY },
        { provide: 'class', useValue: DataSource },
        { provide: 'prototype', useValue: Object.create(DataSource.prototype) },
        { provide: 'heir', useValue: Object.create(unconnected()) },
        { provide: 'nothing', useValue: null },
        { provide: 'missing', useValue: undefined },
        { provide: 'text', useValue: 'DataSource' },
      ],
    });
    expect(await app.names()).toEqual([]);
  });

  it('all of them, with dataSources: false', async () => {
    const providers = [{ provide: DataSource, useValue: unconnected() }];
    const app = await probedApp({ providers }, { dataSources: false });
    expect(await app.fetchReadiness()).toBe(OK);
    expect(await app.names()).toEqual([]);
  });
});

/** All of typeorm, loaded once more: what an app with two versions of it has. */
function secondCopyOfTypeorm(): typeof DataSource {
  const require = createRequire(import.meta.url);
  const loaded = Object.entries(require.cache).filter(([file]) => /[\\/]typeorm[\\/]/.test(file));
  for (const [file] of loaded) delete require.cache[file];
  try {
    return (require('typeorm') as { DataSource: typeof DataSource }).DataSource;
  } finally {
    for (const [file, module] of loaded) require.cache[file] = module;
  }
}
