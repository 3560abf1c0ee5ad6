import { type Details, detailsRule } from './details.js';
import { nonEmpty, validate, port } from './rules.js';

/**
 * The separate port of the probes.
 *
 * @publicApi
 */
export interface ServerOptions {
  /** 0: any free port; the log has its number. */
  port: number;

  /**
   * Address to listen on.
   *
   * @default every address of the machine
   */
  host?: string;

  /**
   * How much a response on this port contains.
   *
   * @default the module's `details`
   */
  details?: Details;
}

/** The port of the probes with its defaults. */
export type ResolvedServer = Readonly<ServerOptions & Required<Pick<ServerOptions, 'details'>>>;

const RULES = { port, host: nonEmpty, details: detailsRule };

/** @param details the default of `details` */
export function resolveServer(
  given: ServerOptions | undefined,
  details: Details,
): ResolvedServer | undefined {
  if (given) validate(RULES, given, 'server.', ['port']);
  return given && { ...given, details: given.details ?? details };
}
