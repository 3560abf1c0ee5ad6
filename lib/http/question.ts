/** What the query of a probe asks for. Whatever else is in it means nothing. */
export interface Question {
  /** `?verbose`: every check, in the text. */
  readonly verbose?: boolean;
  /** `?format=`, ahead of what `Accept` says. */
  readonly format?: string;
  /** `?exclude=`, any number of them: names of checks to leave out. */
  readonly exclude?: readonly string[];
}

/** What the kubelet asks: nothing beside the path. */
export const NO_QUESTION: Question = {};

export function questionIn(url = ''): Question {
  const start = url.indexOf('?');
  if (start < 0) return NO_QUESTION;
  const query = new URLSearchParams(url.slice(start));
  const exclude = [...new Set(query.getAll('exclude'))].filter((name) => name !== '');
  return {
    verbose: query.has('verbose'),
    format: query.get('format') ?? undefined,
    exclude: exclude.length ? exclude : undefined,
  };
}
