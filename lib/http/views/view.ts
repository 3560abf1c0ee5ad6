import type { ProbeReport } from '../../probes/probe-report.js';
import type { ProbeQuery } from '../probe-query.js';

/** One way to show a report: a media type, and a pure function. */
export interface View {
  readonly type: string;
  /** Its name in `?format=`. */
  readonly format: string;
  render(report: ProbeReport, query: ProbeQuery): Rendered;
}

export interface Rendered {
  readonly contentType: string;
  readonly body: string;
  /** Headers of this view, beside those of every response. */
  readonly headers?: Readonly<Record<string, string>>;
}
