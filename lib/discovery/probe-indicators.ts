import { PROBE_INDICATOR } from '../health.messages.js';
import { tokenName } from './names.js';
import {
  type Checkable,
  probeIndicatorOptions,
} from '../indicators/custom/probe-indicator.decorator.js';
import type { FoundIndicator } from '../indicators/resources.js';
import type { Provided } from './providers.js';

export interface FoundIndicators {
  readonly indicators: readonly FoundIndicator[];
  /** What is wrong with those that cannot be asked. */
  readonly refused: readonly string[];
}

/** The providers whose class has `@ProbeIndicator()`, and those that stand in for such a class. */
export function findIndicators(provided: readonly Provided[]): FoundIndicators {
  const owners = new Map<string, { readonly value: unknown; readonly className: string }>();
  const indicators: FoundIndicator[] = [];
  const refused: string[] = [];
  for (const { token, value, state } of provided) {
    const target = decoratedClass(value, token);
    if (!target) continue;
    const { options, className } = target;
    const { name } = options;
    const owner = owners.get(name);
    const found = state();
    if (found === 'scoped') {
      refused.push(PROBE_INDICATOR.scoped(className));
    } else if (found === 'pending' || isNothing(value)) {
      continue;
    } else if (!isCheckable(value)) {
      refused.push(PROBE_INDICATOR.noCheck(className));
    } else if (!owner) {
      owners.set(name, { value, className });
      indicators.push({ instance: value, options });
    } else if (owner.value !== value) {
      refused.push(PROBE_INDICATOR.nameTaken(className, name, owner.className));
    }
  }
  return { indicators, refused };
}

/** By the value's own class, or else by the token: a test may have overridden the class with anything. */
function decoratedClass(value: unknown, token: Provided['token']) {
  try {
    const { constructor } = Object(Object.getPrototypeOf(Object(value))) as object;
    for (const target of [constructor, token]) {
      const options = typeof target === 'function' ? probeIndicatorOptions(target) : undefined;
      if (options) return { options, className: tokenName(target as typeof token) };
    }
  } catch {
    // A proxy that throws at a look.
  }
  return undefined;
}

// What a factory makes that has switched its check off.
const isNothing = (value: unknown) => value === null || value === undefined;

const isCheckable = (value: unknown): value is Checkable =>
  typeof (value as Partial<Checkable>).check === 'function';
