import { pass, useFakeClock } from '../checks/fake-clock.js';
import { describe, expect, it } from 'vitest';
import { Check, createShutdownController } from '../../lib/checks/check.js';
import { now } from '../../lib/checks/clock.js';
import type { TimedOutcome } from '../../lib/checks/outcome.js';
import { rowQuery } from '../../lib/indicators/data-source/ping-query.js';
import { PoolPing } from '../../lib/indicators/data-source/pool-ping.js';
import { FakePool, type ServerState } from './fake-pool.js';

useFakeClock();

const TIMEOUT_MS = 300;
/** The deadline, and the time that an aborted run has to settle. */
const LATEST_MS = TIMEOUT_MS + 60;

const UP = { status: 'up' };
const UNREACHABLE = { status: 'down', message: 'unreachable' };
const TIMED_OUT = { status: 'down', message: `no answer within ${TIMEOUT_MS} ms.` };
const BUSY = { status: 'degraded', message: 'connection pool is busy.' };
const STUCK = { status: 'down', message: 'connection pool gives no connections.' };

function setUp(size = 2) {
  const pool = new FakePool(size);
  const shutdown = createShutdownController();
  const ping = new PoolPing(pool, {
    timeoutMs: TIMEOUT_MS,
    whenBusy: 'degraded',
    shutdown: shutdown.signal,
  });
  const check = new Check({
    run: ({ signal }) => ping.run(rowQuery('SELECT 1'), signal),
    failureMessage: 'unreachable',
    timeoutMs: TIMEOUT_MS,
    freshMs: 0,
    shutdown: shutdown.signal,
  });
  /** The outcome, after as much fake time as it takes. */
  const outcome = async () => {
    const startedAt = now();
    const settled: TimedOutcome[] = [];
    void check.run().then((result) => settled.push(result));
    while (!settled.length && now() - startedAt <= LATEST_MS) await pass(10);
    expect(settled).toHaveLength(1);
    return settled[0];
  };
  const expectNothingLeft = () => {
    expect(pool).toMatchObject({ heldByPings: 0, queuedByPings: 0, opening: 0, outside: 0 });
  };
  return { pool, check, shutdown, outcome, expectNothingLeft };
}

describe('a ping through the pool', () => {
  it('is up with a connection that the pool opens, and with an idle one', async () => {
    const { pool, outcome, expectNothingLeft } = setUp();
    expect(await outcome()).toMatchObject(UP);
    expect(pool.members()).toHaveLength(1);
    expect(await outcome()).toMatchObject(UP);
    expect(pool.members()).toHaveLength(1);
    expectNothingLeft();
  });

  it('is down when the server refuses a new connection', async () => {
    const { pool, outcome, expectNothingLeft } = setUp();
    pool.become('refusing');
    expect(await outcome()).toMatchObject(UNREACHABLE);
    expectNothingLeft();
    pool.become('up');
    expect(await outcome()).toMatchObject(UP);
  });

  it('destroys the connection whose opening hangs, and is up again at once', async () => {
    const { pool, outcome, expectNothingLeft } = setUp();
    pool.become('hanging');
    expect(await outcome()).toMatchObject(TIMED_OUT);
    await pass(10);
    expectNothingLeft();
    pool.become('up');
    expect(await outcome()).toMatchObject(UP);
  });

  it('destroys the connection whose query hangs, and no other', async () => {
    const { pool, outcome, expectNothingLeft } = setUp();
    const release = await pool.hold();
    await outcome();
    expect(pool.members()).toHaveLength(2);
    pool.become('hanging');
    expect(await outcome()).toMatchObject(TIMED_OUT);
    expect(pool.members()).toHaveLength(1);
    expectNothingLeft();
    pool.become('up');
    release();
    expect(await outcome()).toMatchObject(UP);
  });

  it('tries another connection when an idle one turns out to be closed', async () => {
    const { pool, outcome } = setUp();
    await outcome();
    for (const member of pool.members()) member.socket.destroy(new Error('reset'));
    expect(await outcome()).toMatchObject(UP);
  });
});

async function holdAll() {
  const all = setUp();
  const releases = [await all.pool.hold(), await all.pool.hold()];
  return { ...all, releases };
}

describe('a busy pool', () => {
  it('is degraded while the database responds outside the pool', async () => {
    const { pool, outcome, releases } = await holdAll();
    for (let runs = 0; runs < 5; runs++) expect(await outcome()).toMatchObject(BUSY);
    expect(pool).toMatchObject({ queuedByPings: 1, mostOutside: 1, outside: 0 });
    releases[0]!();
    await pass(10);
    expect(pool).toMatchObject({ queuedByPings: 0, heldByPings: 0 });
    expect(await outcome()).toMatchObject(UP);
  });

  it('is down while the database refuses or hangs outside the pool', async () => {
    const { pool, outcome } = await holdAll();
    pool.become('refusing');
    expect(await outcome()).toMatchObject(UNREACHABLE);
    pool.become('hanging');
    expect(await outcome()).toMatchObject(TIMED_OUT);
    expect(pool.outside).toBe(0);
  });

  it('is stuck when it has served no request for ten deadlines', async () => {
    const { outcome, releases } = await holdAll();
    expect(await outcome()).toMatchObject(BUSY);
    await pass(9 * TIMEOUT_MS);
    expect(await outcome()).toMatchObject(BUSY);
    await pass(TIMEOUT_MS);
    expect(await outcome()).toMatchObject(STUCK);
    releases[0]!();
    expect(await outcome()).toMatchObject(UP);
  });

  it('is stuck too when each head of its queue times out', async () => {
    const { pool, outcome } = await holdAll();
    const startedAt = now();
    while (now() - startedAt < 9 * TIMEOUT_MS) {
      expect(await outcome()).toMatchObject(BUSY);
      pool.timeOutHead();
      await pass(TIMEOUT_MS);
    }
    await pass(TIMEOUT_MS);
    expect(await outcome()).toMatchObject(STUCK);
  });

  it.each([
    [STUCK, 'serves no request', () => {}],
    [
      BUSY,
      'serves other requests',
      async ({ pool, releases }: Awaited<ReturnType<typeof holdAll>>) => {
        releases.shift()!();
        releases.push(await pool.hold());
      },
    ],
  ])('that lets no request wait is %o when it %s for long', async (expected, _, meanwhile) => {
    const all = await holdAll();
    all.pool.refusesToWait = true;
    expect(await all.outcome()).toMatchObject(BUSY);
    await pass(9 * TIMEOUT_MS);
    await meanwhile(all);
    await pass(TIMEOUT_MS);
    expect(await all.outcome()).toMatchObject(expected);
  });

  it('is not stuck while it serves other requests', async () => {
    const { pool, outcome, releases } = await holdAll();
    for (let ms = 0; ms < 12 * TIMEOUT_MS; ms += TIMEOUT_MS) {
      expect(await outcome()).toMatchObject(BUSY);
      const next = pool.hold();
      releases.shift()!();
      await pass(10);
      releases.shift()?.();
      releases.push(await next, await pool.hold());
    }
    expect(await outcome()).toMatchObject(BUSY);
  });

  it('that is closed reports its error', async () => {
    const { pool, outcome } = await holdAll();
    expect(await outcome()).toMatchObject(BUSY);
    pool.close();
    const result = outcome();
    pool.timeOutHead();
    expect(await result).toMatchObject(UNREACHABLE);
  });
});

it('a shutdown ends an opening that hangs, and starts no other', async () => {
  const { pool, check, shutdown, expectNothingLeft } = setUp();
  pool.become('hanging');
  const running = check.run();
  await pass(50);
  shutdown.abort();
  await pass(60);
  expect(await running).toMatchObject({ status: 'down', message: 'shutting down.' });
  expectNothingLeft();
  expect(await check.run()).toMatchObject({ status: 'down', message: 'shutting down.' });
  expect(pool.members()).toHaveLength(0);
});

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SCHEDULES = 1_000;
const EVENTS = 25;

async function runSchedule(seed: number): Promise<void> {
  const random = randomOf(seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const { pool, check, outcome, expectNothingLeft } = setUp(pick([1, 2, 3]));
  const releases: (() => void)[] = [];
  const started: { readonly at: number; settledAt?: number }[] = [];
  const wanted = new Set<Promise<unknown>>();
  const events: readonly (() => unknown)[] = [
    () => pool.become(pick<ServerState>(['up', 'hanging', 'refusing'])),
    () => {
      const held = pool.hold();
      wanted.add(held);
      held
        .then(
          (release) => releases.push(release),
          () => {},
        )
        .finally(() => wanted.delete(held));
    },
    () => releases.splice(Math.floor(random() * releases.length), 1)[0]?.(),
    () => pool.timeOutHead(),
    () => {
      const run: (typeof started)[number] = { at: now() };
      started.push(run);
      void check.run().then(() => (run.settledAt = now()));
    },
    () => pass(random() * 500),
    () => pass(random() * 20),
  ];
  for (let n = 0; n < EVENTS; n++) {
    await pick(events)();
    // A connection that no ping waits for any more goes back in the same turn of the event loop.
    if (random() < 0.5) continue;
    await pass(0);
    // One run at a time: it holds one connection, waits once in the queue, or runs once outside.
    expect(pool.heldByPings).toBeLessThanOrEqual(1);
    expect(pool.queuedByPings).toBeLessThanOrEqual(1);
    expect(pool.mostOutside).toBeLessThanOrEqual(1);
  }
  await pass(LATEST_MS);
  for (const { at, settledAt = Infinity } of started) {
    expect(settledAt - at).toBeLessThanOrEqual(LATEST_MS);
  }
  // The app's requests are served, and the first ping after that is up.
  pool.become('up');
  while (wanted.size || releases.length) {
    for (const release of releases.splice(0)) release();
    await pass(1);
  }
  expect(await outcome()).toMatchObject(UP);
  await pass(10);
  expectNothingLeft();
}

it(`is right under ${SCHEDULES} random schedules of events`, async () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= SCHEDULES && !failures.length; seed++) {
    await runSchedule(seed).catch((error: unknown) => failures.push(`seed ${seed}: ${error}`));
  }
  expect(failures).toEqual([]);
});
