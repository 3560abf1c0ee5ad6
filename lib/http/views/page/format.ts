import type { CheckStatus } from '../../../checks/outcome.js';

/** The time that a check took: `12.3 ms`, `1.50 s`. */
export const responseTime = (ms: number) =>
  ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`;

/** A duration in its two largest units: `42 s`, `5 min`, `3 h 7 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [minutes, hours, days] = [60, 3_600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days) return `${days} d ${hours! % 24} h`;
  if (hours) return `${hours} h ${minutes! % 60} min`;
  return minutes ? `${minutes} min` : `${seconds} s`;
}

/** Counts states, the worst first: `1 down, 2 up.` */
export function tally(statuses: readonly CheckStatus[]): string {
  const counts = (['down', 'degraded', 'up'] as const)
    .map((status) => [statuses.filter((each) => each === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${status}`);
  return counts.length ? `${counts.join(', ')}.` : '';
}

/** Describes the bars of a check's last results. */
export const lastResults = (statuses: readonly CheckStatus[]) =>
  statuses.length === 1
    ? `The only result so far: ${statuses[0]}.`
    : `The last ${statuses.length} results: ${tally(statuses)}`;
