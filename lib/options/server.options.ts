import { type Details, detailsRule } from './details.js';
import { nonEmpty, obey, port } from './rules.js';

/**
 * The separate port of the probes.
 *
 * @publicApi
 */
export interface ServerOptions {
  /** 0: any that is free, which the log tells. */
  port: number;

  /**
   * Address to listen on.
   *
   * @default every address of the machine
   */
  host?: string;

  /**
   * What answers on this port tell.
   *
   * @default the module's `details`
   */
  details?: Details;
}

/** The port of the probes with its defaults. */
export type ResolvedServer = Readonly<ServerOptions & Required<Pick<ServerOptions, 'details'>>>;

const RULES = { port, host: nonEmpty, details: detailsRule };

/** @param details what is told where the options of the port do not say */
export function resolveServer(
  given: ServerOptions | undefined,
  details: Details,
): ResolvedServer | undefined {
  if (given) obey(RULES, given, 'server.', ['port']);
  return given && { ...given, details: given.details ?? details };
}
