import { DataSource, type QueryRunner } from 'typeorm';
import type { ProbedApp } from '../support/probed-app.js';

export const POOL_SIZE = 3;
export const BUSY = { status: 'degraded', message: 'connection pool is busy.' };

/** The app's own work: every connection of the pool, until they are given back. */
export async function holdAll({ app }: ProbedApp): Promise<QueryRunner[]> {
  const runners = Array.from({ length: POOL_SIZE }, () => app.get(DataSource).createQueryRunner());
  await Promise.all(runners.map((runner) => runner.connect()));
  return runners;
}
export const giveBack = (runners: QueryRunner[]) =>
  Promise.all(runners.map((each) => each.release()));

export const statusOf = async (probed: ProbedApp) => {
  const { status, body } = await probed.report();
  return [status, body.status, body.details['db.default']];
};

interface Pools {
  master?: { waitingCount: number; totalCount: number; idleCount: number };
  pool?: {
    _connectionQueue: { length: number };
    _allConnections: { length: number };
    _freeConnections: { length: number };
    _closed: boolean;
  };
}

export function waitingIn({ app }: ProbedApp): number {
  const { master, pool } = app.get(DataSource).driver as Pools;
  return master?.waitingCount ?? pool?._connectionQueue.length ?? Number.NaN;
}

export function heldIn({ app }: ProbedApp): number {
  const { master, pool } = app.get(DataSource).driver as Pools;
  return master
    ? master.totalCount - master.idleCount
    : (pool?._allConnections.length ?? 0) - (pool?._freeConnections.length ?? 0);
}

/** TypeORM lets go of the pool as soon as it closes it. */
export function isClosing({ app }: ProbedApp): boolean {
  const { master, pool } = app.get(DataSource).driver as Pools;
  return !master && (!pool || pool._closed);
}
