/** Computes a value again only when one of the arguments is another object. */
export function memoizeLatest<Args extends readonly unknown[], T>(
  compute: (...args: Args) => T,
): (...args: Args) => T {
  let latest: { readonly args: Args; readonly value: T } | undefined;
  return (...args) => {
    if (!latest || latest.args.some((arg, index) => arg !== args[index])) {
      latest = { args, value: compute(...args) };
    }
    return latest.value;
  };
}
