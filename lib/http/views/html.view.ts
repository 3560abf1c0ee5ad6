import { createHash } from 'node:crypto';
import { notChecked } from '../../health.messages.js';
import type { CheckReport, ProbeReport } from '../../probes/probe-report.js';
import { duration, responseTime as shownTime, tally } from './page/format.js';
import { historyBars } from './page/history-bars.js';
import { icon, type Look, tabIcon } from './page/icons.js';
import { Markup, markup } from './page/markup.js';
import { REFRESH_SECONDS, SCRIPT } from './page/script.js';
import { STYLE } from './page/style.js';
import { WORDS } from './page/words.js';
import type { View } from './view.js';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page loads nothing, and runs only its own script. */
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Not in the template: bundlers split a tagged template that contains the end of a script. */
const SCRIPT_ELEMENT = new Markup(`<script type="module">${SCRIPT}</script>`);

/** A page for people, which refreshes itself: its script replaces the parts that change. */
export const htmlView: View = {
  type: 'text/html',
  format: 'html',
  render: (report) => ({
    contentType: 'text/html; charset=utf-8',
    body: String(page(report)),
    headers: { 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' },
  }),
};

function page(report: ProbeReport): Markup {
  const { probe, phase, checks } = report;
  const look = lookOf(report);
  const title = look === 'idle' ? WORDS.phases[phase].title : WORDS.states[probe][look];
  const summary = tally(checks.map(({ status }) => status)) || WORDS.phases[phase].summary;
  const asOf = new Date().toISOString();
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${probe}</title>
<link rel="icon" href="${tabIcon(look)}">
<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<div role="status" data-part="overall"><div class="overall ${look}">${icon(look)}
<div><h1>${title}</h1><p>${summary}</p></div></div></div>
<p class="note" id="lost" role="alert" hidden>${WORDS.noAnswer}</p>
<div class="bar"><h2 id="checks">${WORDS.heading(probe)}</h2>
<p data-part="as-of">${WORDS.asOf} <time datetime="${asOf}">${asOf.slice(11, 19)} UTC</time></p></div>
<div class="card" data-part="checks">${checksOf(report)}</div>
<div data-part="note">${remarksOn(report)}</div>
<footer><span>${WORDS.refreshes(REFRESH_SECONDS)}</span>
<a href="?format=text&amp;verbose">${WORDS.asText}</a> <a href="?format=json">${WORDS.asJson}</a></footer>
</main>
${SCRIPT_ELEMENT}
</body>
</html>
`;
}

function lookOf({ status, phase }: ProbeReport): Look {
  if (status === 'ok') return 'up';
  if (status === 'degraded') return 'degraded';
  return phase === 'started' ? 'down' : 'idle';
}

function checksOf({ checks, phase }: ProbeReport): Markup {
  if (!checks.length) return markup`<p class="none">${WORDS.phases[phase].noChecks}</p>`;
  const { check, state, duration: lasting, responseTime, results } = WORDS.columns;
  // Explicit roles: on a phone CSS changes the table's display, and screen readers then see no table.
  return markup`<table role="table" aria-labelledby="checks">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">${check}</th>
<th role="columnheader" scope="col">${state}</th>
<th role="columnheader" scope="col" class="time">${lasting}</th>
<th role="columnheader" scope="col" class="time">${responseTime}</th>
<th role="columnheader" scope="col">${results}</th>
</tr></thead>
<tbody role="rowgroup">
${checks.map(rowOf)}</tbody>
</table>`;
}

function rowOf({ name, status, result, responseTime, stateMs, history }: CheckReport): Markup {
  const { status: _, message, ...facts } = result;
  const sentences = message === undefined ? [] : String(message).split('\n');
  return markup`<tr role="row">
<th role="rowheader" scope="row" class="name"><p>${name}</p>${sentences.map(sentenceOf)}${factsOf(facts)}</th>
<td role="cell" class="state ${status}">${icon(status)} ${status}</td>
<td role="cell" class="time since">${duration(stateMs)}</td>
<td role="cell" class="time took">${shownTime(responseTime)}</td>
<td role="cell" class="strip">${historyBars(history.map((past) => past.status))}</td>
</tr>
`;
}

const sentenceOf = (sentence: string) => markup`<p class="sentence">${sentence}</p>`;

function factsOf(facts: object): Markup[] {
  const rows = Object.entries(facts).map(
    ([key, value]) => markup`<dt>${key}</dt><dd>${shown(value)}</dd>`,
  );
  return rows.length ? [markup`<dl>${rows}</dl>`] : [];
}

/** Formats a fact for people: a line for each entry of a list. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join('\n');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key}: ${shown(each)}`)
    .join(', ');
}

const remarksOn = ({ unknown }: ProbeReport) =>
  unknown.length ? [markup`<p class="note">${notChecked(unknown)}</p>`] : [];
