import type { ModuleMetadata } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { moduleOf } from '../support/app.js';
import { type ProbedApp, probedApp } from '../support/probed-app.js';
import { connectedAs, MEMORY, unconnected } from './memory-data-source.js';

const NOT_CONNECTED = 'not connected yet.';

const unconnectedAs = (provide: string | typeof DataSource) => ({
  provide,
  useValue: unconnected(),
});

const oneOfTwo = () => [connectedAs(DataSource), unconnectedAs('reportingDataSource')];

const statesOf = async (app: ProbedApp) =>
  Object.entries((await app.report()).body.details).map(
    ([name, { status }]) => `${name} ${status}`,
  );

const unknown = (option: 'exclude' | 'optional', name: string, known: string) =>
  `warn dataSources.${option} names '${name}', which is not found${known}. ` +
  'A module loaded later may still bring it.';
const unknownNames = (lines: string[]) => lines.filter((line) => line.includes('not found'));

describe('one DataSource under several tokens', () => {
  const alias = { provide: 'readerDataSource', useExisting: DataSource };

  it.each<[string, ModuleMetadata]>([
    ['beside it', { providers: [connectedAs(DataSource), alias] }],
    ['before it', { providers: [alias, connectedAs(DataSource)] }],
    [
      'in a module before it',
      {
        imports: [
          { module: moduleOf({ providers: [alias] }), imports: [TypeOrmModule.forRoot(MEMORY)] },
        ],
      },
    ],
    [
      'that is an alias of an alias',
      {
        providers: [
          { provide: 'thirdDataSource', useExisting: 'readerDataSource' },
          alias,
          connectedAs(DataSource),
        ],
      },
    ],
  ])('is checked once, under the name of the original, with an alias %s', async (_, metadata) => {
    const app = await probedApp(metadata);
    expect(await app.names()).toEqual(['db.default']);
  });

  it('is checked once when a factory returns the value of another token', async () => {
    const handed = { provide: 'x', useFactory: (its: DataSource) => its, inject: [DataSource] };
    const app = await probedApp({ providers: [connectedAs(DataSource), handed] });
    expect(await app.names()).toEqual(['db.default']);
  });

  it('is checked once when two modules provide the same instance', async () => {
    const provider = unconnectedAs(DataSource);
    const twice = [moduleOf({ providers: [provider] }), moduleOf({ providers: [provider] })];
    expect(await (await probedApp({ imports: twice })).names()).toEqual(['db.default']);
  });
});

describe('several DataSources of one name', () => {
  it('get the next free suffix each, and keep it', async () => {
    const second = unconnectedAs(DataSource);
    const third = connectedAs(DataSource);
    const app = await probedApp({
      imports: [
        moduleOf({ providers: [connectedAs(DataSource)] }),
        moduleOf({ providers: [second] }),
        moduleOf({ providers: [third] }),
      ],
    });
    const before = ['db.default up', 'db.default#2 down', 'db.default#3 up'];
    expect(await statesOf(app)).toEqual(before);

    const late = [unconnectedAs(DataSource), connectedAs('otherDataSource')];
    await app.app.get(LazyModuleLoader).load(() => moduleOf({ providers: late }));
    expect((await statesOf(app)).toSorted()).toEqual(
      [...before, 'db.default#4 down', 'db.other up'].toSorted(),
    );

    await second.useValue.initialize();
    expect(await app.report()).toMatchObject({
      body: { details: { 'db.default#2': { status: 'up' }, 'db.default#4': { status: 'down' } } },
    });
  });

  it('are distinguished in the options', async () => {
    const app = await probedApp(
      {
        imports: [
          moduleOf({ providers: [connectedAs(DataSource)] }),
          moduleOf({ providers: [unconnectedAs(DataSource)] }),
        ],
      },
      { dataSources: { exclude: ['default#2'] } },
    );
    expect(await app.names()).toEqual(['db.default']);
    expect(app.logger.ofHealthModule.filter((line) => line.includes('#2'))).toEqual([]);
  });

  it('leave alone a name that already ends in a suffix', async () => {
    const app = await probedApp({
      providers: [
        connectedAs('orders#2'),
        connectedAs('orders'),
        connectedAs(Symbol('ordersDataSource')),
      ],
    });
    expect(await app.names()).toEqual(['db.orders', 'db.orders#2', 'db.orders#3']);
  });
});

describe('exclude and optional', () => {
  it('a DataSource that is excluded is not checked', async () => {
    const app = await probedApp(
      { providers: oneOfTwo() },
      { dataSources: { exclude: ['reporting'] } },
    );
    expect(await app.fetchReadiness()).toBe('200 OK');
    expect(await app.names()).toEqual(['db.default']);
  });

  it('an optional one that is down makes the app degraded, still ready', async () => {
    const app = await probedApp(
      { providers: oneOfTwo() },
      { dataSources: { optional: ['reporting'] } },
    );
    expect(await app.fetchReadiness()).toBe('200 OK');
    const { status, body } = await app.report();
    const states = {
      'db.default': { status: 'up' },
      'db.reporting': { status: 'degraded', message: NOT_CONNECTED },
    };
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'degraded', info: states, error: {}, details: states },
    });
  });

  it('an optional one that is up is up', async () => {
    const app = await probedApp(
      { providers: [connectedAs(DataSource)] },
      { dataSources: { optional: ['default'] } },
    );
    expect((await app.report()).body.status).toBe('ok');
  });

  it('one that is needed still fails beside an optional one', async () => {
    const app = await probedApp(
      { providers: [unconnectedAs(DataSource), unconnectedAs('reportingDataSource')] },
      { dataSources: { optional: ['reporting'] } },
    );
    expect(await app.fetchReadiness()).toBe(`503 db.default: ${NOT_CONNECTED}`);
  });

  it('warn once at boot of a name that matches nothing', async () => {
    const app = await probedApp(
      { providers: oneOfTwo() },
      { dataSources: { exclude: ['defualt', 'reporting'], optional: ['db.default'] } },
    );
    for (let n = 0; n < 3; n++) await app.fetchReadiness();
    const known = "; there is 'default', 'reporting'";
    expect(unknownNames(app.logger.ofHealthModule)).toEqual([
      unknown('exclude', 'defualt', known),
      unknown('optional', 'db.default', known),
    ]);
  });

  it('are logged too when there is no DataSource at all', async () => {
    const app = await probedApp({}, { dataSources: { exclude: ['orders'] } });
    expect(unknownNames(app.logger.ofHealthModule)).toEqual([unknown('exclude', 'orders', '')]);
  });

  it('apply to a DataSource that comes later', async () => {
    const app = await probedApp({}, { dataSources: { exclude: ['late'], optional: ['later'] } });
    const late = [unconnectedAs('lateDataSource'), unconnectedAs('laterDataSource')];
    await app.app.get(LazyModuleLoader).load(() => moduleOf({ providers: late }));
    expect(await app.report()).toMatchObject({
      status: 200,
      body: { details: { 'db.later': { status: 'degraded' } } },
    });
    expect(await app.names()).toEqual(['db.later']);
  });
});
