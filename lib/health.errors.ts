import { cannotListen, invalidOption, unknownOption } from './health.messages.js';

/**
 * An option of `HealthModule`, of `@ProbeIndicator()` or of `kubernetesProbes()` is wrong. Its message
 * names the option, the value and what is allowed.
 *
 * @example
 * ```ts
 * try {
 *   HealthModule.forRoot({ timeoutMs: 0 });
 * } catch (error) {
 *   if (error instanceof HealthOptionsError) console.error(error.option); // 'timeoutMs'
 * }
 * ```
 *
 * @publicApi
 */
export class HealthOptionsError extends Error {
  override readonly name = 'HealthOptionsError';
  readonly code = 'HEALTH_INVALID_OPTION';

  /** The value that is not allowed. */
  declare readonly value: unknown;

  /** @internal */
  constructor(
    message: string,
    /** The option, such as `dataSources.exclude`. */
    readonly option: string,
    value: unknown,
  ) {
    super(message);
    // Not enumerable: Node prints the properties of an uncaught error, and a client has its password.
    Object.defineProperty(this, 'value', { value });
  }
}

export const invalidOptionError = (option: string, value: unknown, allowed: string) =>
  new HealthOptionsError(invalidOption(option, value, allowed), option, value);

export const unknownOptionError = (option: string, value: unknown, known: readonly string[]) =>
  new HealthOptionsError(unknownOption(option, value, known), option, value);

/**
 * The separate port of the probes, `server.port`, cannot be opened. Its `cause` is Node's error, if
 * there is one.
 *
 * @publicApi
 */
export class ProbePortError extends Error {
  override readonly name = 'ProbePortError';
  readonly code = 'HEALTH_PORT_UNAVAILABLE';

  /** @internal */
  constructor(
    /** `host:port`. */
    readonly address: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(cannotListen(address, reason), options);
  }
}
