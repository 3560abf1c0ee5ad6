import { jsonView } from './views/json.view.js';
import { textView } from './views/text.view.js';
import type { View } from './views/view.js';

/** The first is for those who do not mind. */
const VIEWS: readonly View[] = [textView, jsonView];

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * The view that an `Accept` header prefers: the best quality, and among equals what is named rather
 * than meant by a wildcard, in the order of the header. Text for the kubelet and curl, which name none.
 */
export function negotiate(accept: string | undefined): View {
  // What the kubelet and curl send.
  if (!accept || accept === '*/*') return textView;
  const ranges = accept.split(',').map(toRange);
  const [best] = VIEWS.map((view) => ({ view, ...rate(view.type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.rank - b.rank);
  return best?.view ?? textView;
}

/** What the most specific range says of a type, and where that stands; wildcards stand last. */
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
