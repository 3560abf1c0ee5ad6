import type { Probe } from '../options/probe.options.js';
import type { ResolvedOptions } from '../health.options.js';

/** What a path asks: a whole probe, or one of its checks by name. */
export interface Target {
  readonly probe: Probe;
  readonly check?: string;
}

/** The paths of the probes. */
export class ProbePaths {
  private readonly whole = new Map<string, Target>();
  /** What they begin with behind the slash, which almost no other request does. */
  private readonly initials = new Set<number>();
  private readonly prefixes: (readonly [prefix: string, probe: Probe])[] = [];

  constructor(probes: ResolvedOptions['probes']) {
    for (const probe of Object.keys(probes) as Probe[]) {
      for (const path of probes[probe].paths) {
        this.whole.set(path, { probe });
        this.initials.add(path.charCodeAt(1));
        this.prefixes.push([path.replace(/\/?$/, '/'), probe]);
      }
    }
  }

  /** @param path of any request: almost all of them are not for us, and must not pay for it */
  find(path: string): Target | undefined {
    if (!this.initials.has(path.charCodeAt(1))) return undefined;
    const whole = this.whole.get(path);
    if (whole) return whole;
    for (const [prefix, probe] of this.prefixes) {
      if (path.startsWith(prefix)) {
        const check = decoded(path.slice(prefix.length));
        if (check) return { probe, check };
      }
    }
    return undefined;
  }
}

/** The name in one segment of a path: the only thing of a URL that is ever decoded. */
function decoded(segment: string): string | undefined {
  if (segment.includes('/')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
