import type { HealthCheckResult } from '@nestjs/terminus';

/** One way to show a result: a media type, and a pure function. */
export interface View {
  readonly type: string;
  render(result: HealthCheckResult): { readonly contentType: string; readonly body: string };
}
