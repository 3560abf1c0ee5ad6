import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../health.options.js';
import type { Probe } from '../options/probe.options.js';
import { ProbeService } from '../probes/probe.service.js';
import { parseProbeQuery, type ProbeQuery } from './probe-query.js';
import type { SeenRequest } from './probe-request.js';

/** The probe that a request is for, or one of its checks. */
export interface ProbeMatch {
  readonly probe: Probe;
  readonly check?: string;
  /** Undefined where the URL has none, as those of the kubelet. */
  readonly query?: ProbeQuery;
}

const SLASH = 0x2f;
/** The start of a request target in absolute form, which proxies get: RFC 9112 §3.2.2. */
const ORIGIN = /^https?:\/\/[^/?#]+(?=\/)/i;

/** Matches requests to probes: by exact path, never decoded or normalized, and by method. */
@Injectable()
export class ProbeRouter {
  private readonly probes = new Map<string, ProbeMatch>();
  /** The first characters behind the slash: one look rules out almost all requests of the app. */
  private readonly initials = new Set<number>();
  /** The paths of single checks, up to the name. */
  private readonly checks: (readonly [path: string, probe: Probe])[] = [];

  constructor(
    @Inject(RESOLVED_OPTIONS) { probes }: ResolvedOptions,
    @Inject(ProbeService) private readonly service: Pick<ProbeService, 'runners'>,
  ) {
    for (const probe of Object.keys(probes) as Probe[]) {
      for (const path of probes[probe].paths) {
        this.add(path, probe);
        this.checks.push([path.replace(/\/?$/, '/'), probe]);
      }
    }
  }

  /** The paths that whole probes answer on. */
  get paths(): string[] {
    return [...this.probes.keys()];
  }

  /**
   * Adds the paths of whole probes under the app's global prefix. Single checks are not there: a router
   * of the app would have to give up every path below a probe's.
   *
   * @param prefixed returns undefined for a path that has no prefix
   */
  addPrefixed(prefixed: (path: string) => string | undefined): void {
    for (const [path, { probe }] of Array.from(this.probes)) {
      const other = prefixed(path);
      if (other !== undefined && !this.probes.has(other)) this.add(other, probe);
    }
  }

  /** @param url of the request, where a framework has changed it since it came in */
  match(request: SeenRequest, url = request.url ?? ''): ProbeMatch | undefined {
    const target = url.charCodeAt(0) === SLASH ? url : url.replace(ORIGIN, '');
    if (!this.initials.has(target.charCodeAt(1))) return undefined;
    const { method, headers } = request;
    if (method === 'OPTIONS') {
      // HAProxy's `option httpchk /readiness` sends it. A CORS preflight is the app's: it has the policy.
      if (headers?.['access-control-request-method'] !== undefined) return undefined;
    } else if (method !== 'GET' && method !== 'HEAD') return undefined;
    const end = target.indexOf('?');
    const path = end < 0 ? target : target.slice(0, end);
    const match = this.probes.get(path) ?? this.matchCheck(path);
    return match && end >= 0 ? { ...match, query: parseProbeQuery(target.slice(end)) } : match;
  }

  private add(path: string, probe: Probe): void {
    this.probes.set(path, { probe });
    this.initials.add(path.charCodeAt(1));
  }

  private matchCheck(path: string): ProbeMatch | undefined {
    for (const [parent, probe] of this.checks) {
      if (path.startsWith(parent)) {
        const check = decodedSegment(path.slice(parent.length));
        if (check && this.service.runners[probe].mayHave(check)) return { probe, check };
      }
    }
    return undefined;
  }
}

/** A check's name is the only part of a URL that is ever decoded. */
function decodedSegment(segment: string): string | undefined {
  if (segment.includes('/')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
