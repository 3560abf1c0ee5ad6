import type { HealthCheckResult } from '@nestjs/terminus';
import { named, SHUTTING_DOWN, STARTING } from '../../health.messages.js';
import type { View } from './view.js';

/** `OK`, or a sentence per failing check. */
export const textView: View = {
  type: 'text/plain',
  render: (result) => ({ contentType: 'text/plain; charset=utf-8', body: bodyOf(result) }),
};

function bodyOf({ status, error = {} }: HealthCheckResult): string {
  if (status === 'shutting_down') return SHUTTING_DOWN;
  if (status !== 'error') return 'OK';
  const sentences = Object.entries(error).map(([name, check]) =>
    named(name, String(check?.message ?? '')),
  );
  // An error without a failing check: the app is not up yet.
  return sentences.join('\n') || STARTING;
}
