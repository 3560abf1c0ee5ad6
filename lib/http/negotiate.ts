import { jsonView } from './views/json.view.js';
import { textView } from './views/text.view.js';
import type { View } from './views/view.js';

const VIEWS: readonly View[] = [textView, jsonView];

/**
 * The view that an `Accept` header prefers: the highest q, then the one that is named first. Text
 * for a header that names none, such as the kubelet's and curl's.
 */
export function negotiate(accept: string | undefined): View {
  let best: { view: View; q: number } | undefined;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const view = VIEWS.find((candidate) => candidate.type === type);
    const q = qualityOf(parameters);
    if (view && q > (best?.q ?? 0)) best = { view, q };
  }
  return best?.view ?? textView;
}

function qualityOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return q === undefined ? 1 : Number(q.slice(2)) || 0;
}
