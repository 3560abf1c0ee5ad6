import { htmlView } from './views/html.view.js';
import { jsonView } from './views/json.view.js';
import { textView } from './views/text.view.js';
import type { View } from './views/view.js';

const WITHOUT_HTML: readonly View[] = [textView, jsonView];
/** The first is the default. */
const ALL: readonly View[] = [...WITHOUT_HTML, htmlView];

export const viewsFor = ({ html }: { html: boolean }): readonly View[] =>
  html ? ALL : WITHOUT_HTML;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * The view that `?format=` names, or else the one that an `Accept` header prefers: the best quality,
 * and among equals a named type before a wildcard, in the order of the header. Text for the kubelet and
 * curl, which name none; HTML for browsers, which name it first.
 */
export function negotiate(
  views: readonly View[],
  format: string | undefined,
  accept: string | undefined,
): View {
  const wanted = format === undefined ? undefined : views.find((view) => view.format === format);
  if (wanted) return wanted;
  // The kubelet and curl.
  if (!accept || accept === '*/*') return textView;
  const ranges = accept.split(',').map(toRange);
  const [best] = views
    .map((view) => ({ view, ...rate(view.type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.rank - b.rank);
  return best?.view ?? textView;
}

/** The quality and the rank of the most specific range for a type; wildcards rank last. */
function rate(type: string, ranges: readonly MediaRange[]): { quality: number; rank: number } {
  const wildcards = [type.replace(/\/.*/, '/*'), '*/*'];
  for (const wanted of [type, ...wildcards]) {
    const index = ranges.findIndex((range) => range.type === wanted);
    const quality = ranges[index]?.quality;
    if (quality !== undefined) return { quality, rank: wanted === type ? index : ranges.length };
  }
  return { quality: 0, rank: ranges.length };
}

function toRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, quality: q === undefined ? 1 : Number(q.slice(2)) || 0 };
}
