import { HealthOptionsError } from '../health.errors.js';
import { PROBE_INDICATOR } from '../health.messages.js';
import { tokenName } from './names.js';
import {
  type Checkable,
  type ProbeIndicatorOptions,
  probeIndicatorOptions,
} from '../indicators/custom/probe-indicator.decorator.js';
import type { FoundIndicator } from '../indicators/resources.js';
import type { Provided } from '../nest/providers.js';

/** A provider whose class has `@ProbeIndicator()`, or which stands in for such a class. */
export interface DecoratedProvider extends Provided {
  readonly options: ProbeIndicatorOptions;
  readonly className: string;
}

export interface FoundIndicators {
  readonly indicators: readonly FoundIndicator[];
  /** Why others cannot run. */
  readonly refused: readonly HealthOptionsError[];
}

/** Recognizes it by the value's own class, or else by the token: a test may override a class with anything. */
export function decoratedProvider(provided: Provided): DecoratedProvider | undefined {
  const { token, value } = provided;
  try {
    const { constructor } = Object(Object.getPrototypeOf(Object(value))) as object;
    for (const target of [constructor, token]) {
      const options = typeof target === 'function' ? probeIndicatorOptions(target) : undefined;
      if (options) return { ...provided, options, className: tokenName(target as typeof token) };
    }
  } catch {
    // A proxy may throw at any access.
  }
  return undefined;
}

/** Sorts the indicators that can run from those that cannot. */
export function findIndicators(decorated: readonly DecoratedProvider[]): FoundIndicators {
  const owners = new Map<string, { readonly value: unknown; readonly className: string }>();
  const indicators: FoundIndicator[] = [];
  const refused: HealthOptionsError[] = [];
  for (const { value, state, options, className } of decorated) {
    const refuse = (sentence: string) =>
      refused.push(new HealthOptionsError(sentence, `@ProbeIndicator of ${className}`, value));
    const { name } = options;
    const owner = owners.get(name);
    const found = state();
    if (found === 'scoped') {
      refuse(PROBE_INDICATOR.scoped(className));
    } else if (found === 'pending' || isNil(value)) {
      continue;
    } else if (!isCheckable(value)) {
      refuse(PROBE_INDICATOR.noCheck(className));
    } else if (!owner) {
      owners.set(name, { value, className });
      indicators.push({ instance: value, options });
    } else if (owner.value !== value) {
      refuse(PROBE_INDICATOR.nameTaken(className, name, owner.className));
    }
  }
  return { indicators, refused };
}

// A factory may return nothing to switch its check off.
const isNil = (value: unknown) => value === null || value === undefined;

const isCheckable = (value: unknown): value is Checkable =>
  typeof (value as Partial<Checkable>).check === 'function';
