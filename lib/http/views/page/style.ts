/** Everything the page looks like. A constant, as the page's policy allows these very bytes. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --line: #e3e5ea; --text: #1b1f27; --soft: #596070;
  --up: #10793f; --degraded: #995700; --down: #c0262d; --idle: #596070; --none: #d5d8de;
  --up-tint: #e4f4ea; --degraded-tint: #fdf0da; --down-tint: #fce8e8; --idle-tint: #eaecf0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1218; --card: #181c24; --line: #2a303b; --text: #e8eaef; --soft: #a0a8b8;
    --up: #4ccb84; --degraded: #f0b04a; --down: #ff7b7b; --idle: #a0a8b8; --none: #343b48;
    --up-tint: #12301f; --degraded-tint: #37280e; --down-tint: #3d1a1d; --idle-tint: #232934;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 62rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(1rem, 4vw, 2rem); }
.up { --state: var(--up); --tint: var(--up-tint); }
.degraded { --state: var(--degraded); --tint: var(--degraded-tint); }
.down { --state: var(--down); --tint: var(--down-tint); }
.idle { --state: var(--idle); --tint: var(--idle-tint); }
.overall {
  display: flex; align-items: center; gap: 1rem; padding: 1.25rem 1.5rem;
  background: var(--tint); border: 1px solid var(--state); border-radius: .75rem;
}
.overall svg { width: 2.5rem; height: 2.5rem; }
.overall p { color: var(--text); }
h1 { font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: .8125rem; font-weight: 600; color: var(--soft); }
.icon { flex: none; width: 1.125rem; height: 1.125rem; fill: var(--state); vertical-align: -.1875rem; }
.icon path { fill: none; stroke: var(--card); stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
.icon .solid { fill: var(--state); stroke: none; }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; margin: 1.75rem .25rem .5rem; color: var(--soft); font-size: .8125rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.none { padding: 1.25rem 1.5rem; color: var(--soft); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .875rem 1rem; text-align: left; vertical-align: top; font-weight: inherit; }
thead th { padding-block: .625rem; color: var(--soft); font-size: .8125rem; font-weight: 600; }
tbody tr { border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 1.5rem; }
th:last-child, td:last-child { padding-right: 1.5rem; }
.state { white-space: nowrap; color: var(--state); font-weight: 600; }
.name > p:first-child { font-weight: 600; }
.name { overflow-wrap: anywhere; }
.sentence { color: var(--soft); }
td.state { width: 7.5rem; }
.time { width: 5.5rem; white-space: nowrap; color: var(--soft); text-align: right; }
.strip { width: 13rem; }
.strip svg { display: block; width: 100%; height: 1.5rem; }
.strip path { fill: none; stroke: var(--state); stroke-width: 3; }
.strip .missing { --state: var(--none); }
dl { margin-top: .5rem; font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
dt { color: var(--soft); }
dd { margin-bottom: .375rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.note { margin-top: 1rem; padding: .75rem 1.5rem; border-radius: .75rem; background: var(--degraded-tint); overflow-wrap: anywhere; }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem .25rem 0; color: var(--soft); font-size: .8125rem; }
a { color: inherit; }
a:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; border-radius: 2px; }
@media (max-width: 44rem) {
  .overall { padding: 1rem; }
  h1 { font-size: 1.375rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; padding: 1rem; }
  tbody tr:first-child { border-top: 0; }
  tbody :is(th, td) { padding: 0 !important; }
  .name { grid-column: 1 / -1; grid-row: 1; }
  .name > p:first-child { padding-right: 7rem; }
  td.state { grid-column: 2; grid-row: 1; width: auto; justify-self: end; }
  .strip { grid-column: 1 / -1; width: auto; margin-top: .25rem; }
  .time { grid-row: 3; width: auto; font-size: .8125rem; }
  .since { grid-column: 1; text-align: left; }
  .since::before { content: "for "; }
  .took { grid-column: 2; }
  .took::before { content: "took "; }
}
@media print { body { background: none; } }
`;
