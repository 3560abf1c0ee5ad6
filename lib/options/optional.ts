import type { ProbeCheck } from '../checks/outcome.js';
import { names, type Rule } from './rules.js';

/**
 * Which of several things the app can do without: a failure is reported as `degraded`, and the probe
 * still passes.
 *
 * - names: these.
 * - `true`: all of them.
 * - `'afterStart'`: all of them, each once it has been up or degraded in this process. A new pod waits
 *   for its database, and an outage of one that all pods share does not leave the Service without pods.
 *
 * @publicApi
 */
export type OptionalChecks = string[] | true | 'afterStart';

export const optionalRule: Rule = {
  allowed: `${names.allowed}, true, or 'afterStart'`,
  accepts: (value) => value === true || value === 'afterStart' || names.accepts(value),
};

export const isOptionalRule: Rule = {
  allowed: "true, false or 'afterStart'",
  accepts: (value) => typeof value === 'boolean' || value === 'afterStart',
};

/** The part of an option that is about one thing, which `isNamed` recognizes. */
export const isOptional = (
  optional: Readonly<OptionalChecks>,
  isNamed: (names: readonly string[]) => boolean,
): ProbeCheck['optional'] => (typeof optional === 'object' ? isNamed(optional) : optional);
