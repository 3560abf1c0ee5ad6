import { toHealthCheckResult } from '../../probes/probe-report.js';
import type { View } from './view.js';

/** Terminus's result, and how long each check took. */
export const jsonView: View = {
  type: 'application/json',
  format: 'json',
  render: (report) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({
      ...toHealthCheckResult(report, ({ responseTime }) => ({ responseTime })),
      ...(report.unknown.length && { unknown: report.unknown }),
    }),
  }),
};
