import { type Outcome, worstOf } from '../../checks/outcome.js';
import { CACHE } from '../../health.messages.js';
import { reasonOf } from '../../redaction/reason.js';
import type {
  MemcachedServer,
  MemcachedServerState,
} from '../../options/memcached-client.adapter.js';

/** The ping of one server of a client, and the client's state for it. */
export interface ServerResult {
  readonly server: MemcachedServer;
  readonly outcome: Outcome;
  readonly state: MemcachedServerState;
}

const NOT_USED: Record<Exclude<MemcachedServerState, 'used'>, Outcome> = {
  suspended: { status: 'down', message: CACHE.suspended },
  dead: { status: 'down', message: CACHE.dead },
  removed: { status: 'down', message: CACHE.removed },
  failedOver: { status: 'degraded', message: CACHE.failedOver },
};

/** A client is up when every one of its servers answers and the client uses it. */
export function clientOutcome(results: readonly ServerResult[]): Outcome {
  if (!results.length) {
    return { status: 'down', message: CACHE.unreachable, cause: 'the client has no servers' };
  }
  const all = results.map((result) => ({ ...result.server, outcome: serverOutcome(result) }));
  const someIsUp = all.some(({ outcome }) => outcome.status === 'up');
  const servers = all.map(({ address, failover, outcome }) => ({
    address,
    outcome: failover && someIsUp ? asFailedOver(outcome) : outcome,
  }));
  const { status, message } = worstOf(servers.map(({ outcome }) => outcome));
  const failed = servers.filter(({ outcome }) => outcome.status !== 'up');
  // A text: the stack of an error made here would show nothing but this module's own frames.
  const cause = failed.length ? failed.map(reasonOfServer).join('; ') : undefined;
  return {
    status,
    message,
    cause,
    facts: () => ({ servers: servers.map(describe), ...(cause && { error: cause }) }),
  };
}

/** A server that answers while the client does not use it is of no use to the app. */
function serverOutcome({ outcome, state }: ServerResult): Outcome {
  if (state === 'failedOver') return NOT_USED.failedOver;
  return outcome.status === 'up' && state !== 'used' ? NOT_USED[state] : outcome;
}

/** Of a server that another one stands in for. */
const asFailedOver = (outcome: Outcome): Outcome =>
  outcome.status === 'down' ? { ...outcome, ...NOT_USED.failedOver } : outcome;

interface CheckedServer {
  readonly address: string;
  readonly outcome: Outcome;
}

const describe = ({ address, outcome: { status, message, cause } }: CheckedServer) => ({
  address,
  status,
  ...(message !== undefined && { message }),
  ...(cause !== undefined && { error: reasonOf(cause) }),
});

const reasonOfServer = ({ address, outcome: { message, cause } }: CheckedServer) =>
  reasonOf(cause ?? `${address}: ${message}`);
