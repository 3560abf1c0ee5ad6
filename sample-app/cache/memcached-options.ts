import type Memcached from 'memcached';

/** A cache that is down must cost a request little, and be used again soon after it is back. */
export const memcachedOptions: Memcached.options = {
  timeout: 500,
  retries: 0,
  retry: 1000,
  idle: 2000,
  // By default the client gives a server up for five hours after five failures, and then runs
  // the `ping` program, whose absence ends the process. The timer cannot be set further away.
  failures: 1_000_000_000,
  reconnect: 2 ** 31 - 1,
};
