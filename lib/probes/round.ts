import { now } from '../checks/clock.js';
import type { Measurement, Outcome, ProbeCheck } from '../checks/outcome.js';
import { freeName } from '../discovery/names.js';
import type { Found, ProbeRecord } from './probe-record.js';

/** Which of a probe's checks to ask, by the names they report under. */
export interface Selection {
  readonly only?: string;
  readonly exclude?: readonly string[];
}

/** What one round of asking found: by what was asked, under names of their own. */
export type Round = ReadonlyMap<string, ReadonlyMap<string, Found>>;

/** What a check reports under; nothing when it has not been asked yet and only that tells. */
function namesOf({ name, unnamed }: ProbeCheck, record: ProbeRecord): readonly string[] {
  const known = record.namesOf(name);
  return known.length || unnamed ? known : [name];
}

/** Whether to ask a check. None when only asking it tells, since it has not said its names yet. */
export function isSelected(
  check: ProbeCheck,
  record: ProbeRecord,
  { only, exclude = [] }: Selection,
): boolean | undefined {
  const names = namesOf(check, record);
  if (!names.length) return only === undefined ? true : undefined;
  return only === undefined ? names.some((each) => !exclude.includes(each)) : names.includes(only);
}

/** Names as some check has them, and those that none has. */
export function sortOut(
  names: readonly string[],
  checks: readonly ProbeCheck[],
  record: ProbeRecord,
): { known: readonly string[]; unknown: readonly string[] } {
  const all = new Set(names.length ? checks.flatMap((check) => namesOf(check, record)) : []);
  return {
    known: names.filter((name) => all.has(name)),
    unknown: names.filter((name) => !all.has(name)),
  };
}

/** Whether every check has said its names. */
export const areNamed = (checks: readonly ProbeCheck[], record: ProbeRecord): boolean =>
  checks.every((check) => namesOf(check, record).length > 0);

/** Asks the selected checks in parallel. */
export async function ask(
  checks: readonly ProbeCheck[],
  record: ProbeRecord,
  selection: Selection,
): Promise<Round> {
  const all = await Promise.all(
    checks.map(async (check) => {
      if (isSelected(check, record, selection) === false) return { check };
      const startedAt = now();
      const findings = await check.ask();
      const at = now();
      return { check, findings, measured: { at, tookMs: at - startedAt } };
    }),
  );
  const round = new Map<string, Map<string, Found>>();
  const taken = new Set<string>();
  for (const { check, findings, measured } of all) {
    // All findings get names of their own: one that is up must not hide one that is not.
    if (findings) round.set(check.name, named(findings, taken, measured));
    else for (const name of namesOf(check, record)) taken.add(name);
  }
  return round;
}

function named(
  findings: Readonly<Record<string, Outcome>>,
  taken: Set<string>,
  asked: Measurement,
): Map<string, Found> {
  return new Map(
    Object.entries(findings).map(([wanted, outcome]) => {
      const name = freeName(wanted, taken);
      taken.add(name);
      return [name, { outcome, measured: outcome.measured ?? asked }];
    }),
  );
}
