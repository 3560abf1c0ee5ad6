import type { Outcome } from '../../checks/report.js';
import { CACHE } from '../../health.messages.js';
import { reasonOf } from '../reason.js';

/** What one server of a client answered. */
export interface ServerOutcome {
  readonly address: string;
  readonly outcome: Outcome;
}

/** A client is up when every one of its servers is, and says what the first bad one does. */
export function clientVerdict(servers: readonly ServerOutcome[]): Outcome {
  const data = { servers: servers.map(describe) };
  const bad = servers.filter(({ outcome }) => outcome.status !== 'up');
  const [first] = bad;
  if (!servers.length) {
    return { status: 'down', message: CACHE.unreachable, cause: 'the client has no servers', data };
  }
  return first
    ? { ...first.outcome, cause: bad.map(reasonFor).join('; '), data }
    : { status: 'up', data };
}

const describe = ({ address, outcome: { status, message, cause } }: ServerOutcome) => ({
  address,
  status,
  ...(message !== undefined && { message }),
  ...(cause !== undefined && { error: reasonOf(cause) }),
});

const reasonFor = ({ address, outcome: { message, cause } }: ServerOutcome) =>
  cause === undefined ? `${address}: ${message}` : reasonOf(cause);
