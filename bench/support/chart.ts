import type { Claim } from './part.js';

const WIDTH = 760;
const LEFT = 250;
const ROW = 26;

/** One bar for each peer under keep-alive: how many requests we answer while it answers one. */
export function drawChart(claims: readonly Claim[]): string {
  const bars = claims
    .filter(({ what }) => what.includes(', keep-alive: of '))
    .map(({ what, value }) => ({ label: what.replace(', keep-alive: of ', ' · '), ...value }));
  const longest = Math.max(1, ...bars.map(({ high }) => high));
  const scale = (value: number) => (value / longest) * (WIDTH - LEFT - 70);
  const one = LEFT + scale(1);
  const height = 60 + bars.length * ROW;
  const rows = bars.map(({ label, median, low, high }, index) => {
    const y = 44 + index * ROW;
    const whisker = y + 9;
    return [
      `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${label}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${scale(median).toFixed(1)}" height="18" rx="3" fill="#4c78a8"/>`,
      `<path d="M${(LEFT + scale(low)).toFixed(1)} ${whisker}H${(LEFT + scale(high)).toFixed(1)}" stroke="#12263a" stroke-width="2"/>`,
      `<text x="${(LEFT + scale(high) + 8).toFixed(1)}" y="${y + 13}">${median.toFixed(2)}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" rx="6" fill="#fff"/>
<text x="16" y="24" font-size="14" font-weight="600">Requests/s to /healthz, nestjs-healthz ÷ peer, keep-alive (line: quartiles)</text>
${rows.join('\n')}
<path d="M${one.toFixed(1)} 38V${height - 12}" stroke="#d62728" stroke-dasharray="4 3"/>
</svg>
`;
}
