import { clearInterval, setImmediate, setInterval } from '../checks/clock.js';
import { hasPassed } from '../probes/probe-report.js';
import { PROBES, type Probe } from '../options/probe.options.js';
import type { ProbeService } from '../probes/probe.service.js';
import {
  HEALTH_SERVICE,
  type HealthRequest,
  type ServingStatus,
  STATUS,
} from './health-protocol.js';

/**
 * A server of `@grpc/grpc-js`, as far as it is used.
 *
 * @publicApi
 */
export interface GrpcServer {
  addService(definition: any, implementation: any): void;
  tryShutdown(callback: (error?: Error) => void): void;
}

/** A call of `@grpc/grpc-js`. */
interface Call {
  readonly request: HealthRequest;
}
interface WatchCall extends Call {
  write(status: ServingStatus): unknown;
  end(): void;
  on(event: 'cancelled' | 'error', listener: () => void): unknown;
  emit(event: 'error', error: object): unknown;
}
type Done<T> = (error: object | null, value?: T) => void;

// Of grpc-js's `status`.
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;

const MAX_WATCHERS = 100;
// A change is noticed when a probe runs: without one of Kubernetes, a watch runs it.
const PROBE_EVERY_MS = 5_000;

const isProbe = (service: string): service is Probe => PROBES.some((probe) => probe === service);

/** Implements `grpc.health.v1.Health` by the probes. */
class HealthService {
  /** The other services of the server, by full name. */
  readonly services = new Set<string>();
  /** Each with the status that it got last. */
  private readonly watchers = new Map<WatchCall, ServingStatus | undefined>();
  private probes?: ProbeService;
  private timer?: NodeJS.Timeout;
  private isRefreshDue = false;
  private isSubscribed = false;

  constructor(private readonly getProbes: () => ProbeService) {}

  readonly implementation = {
    Check: async ({ request: { service } }: Call, done: Done<ServingStatus>) => {
      const status = await this.statusOf(service);
      if (status !== STATUS.serviceUnknown) done(null, status);
      else done({ code: NOT_FOUND, details: `unknown service ${JSON.stringify(service)}` });
    },
    List: async (_: Call, done: Done<ReadonlyMap<string, ServingStatus>>) => {
      done(null, await this.statuses());
    },
    Watch: (call: WatchCall) => this.watch(call),
  };

  /** Sends the present states, and ends all streams: an open one would hold up the shutdown. */
  async endWatches(): Promise<void> {
    await this.refresh();
    for (const call of this.watchers.keys()) call.end();
    this.watchers.clear();
    this.stopWhenUnwatched();
  }

  private watch(call: WatchCall): void {
    if (this.watchers.size >= MAX_WATCHERS) {
      call.emit('error', { code: RESOURCE_EXHAUSTED, details: `${MAX_WATCHERS} watchers already` });
      return;
    }
    const end = () => {
      this.watchers.delete(call);
      this.stopWhenUnwatched();
    };
    call.on('cancelled', end);
    call.on('error', end);
    this.watchers.set(call, undefined);
    this.timer ??= setInterval(() => void this.refresh(), PROBE_EVERY_MS).unref();
    void this.refresh();
  }

  private stopWhenUnwatched(): void {
    if (this.watchers.size) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async refresh(): Promise<void> {
    this.subscribe();
    await Promise.all(
      [...this.watchers.keys()].map(async (call) => {
        const status = await this.statusOf(call.request.service);
        if (!this.watchers.has(call) || this.watchers.get(call) === status) return;
        this.watchers.set(call, status);
        call.write(status);
      }),
    );
  }

  /** Not sooner: Nest adds the gRPC services before `main.ts` has the app. */
  private subscribe(): void {
    const probes = this.findProbes();
    if (this.isSubscribed || !probes) return;
    this.isSubscribed = true;
    probes.changes$.subscribe(() => this.refreshSoon());
    probes.onPhaseChange(() => this.refreshSoon());
  }

  /** Once for all checks that change together. */
  private refreshSoon(): void {
    if (this.isRefreshDue || !this.watchers.size) return;
    this.isRefreshDue = true;
    setImmediate(() => {
      this.isRefreshDue = false;
      void this.refresh();
    });
  }

  private findProbes(): ProbeService | undefined {
    try {
      this.probes ??= this.getProbes();
    } catch {
      // `app` is not assigned yet.
    }
    return this.probes;
  }

  private async statuses(): Promise<ReadonlyMap<string, ServingStatus>> {
    const names = ['', ...PROBES, ...this.services];
    const entries = names.map(async (name) => [name, await this.statusOf(name)] as const);
    return new Map(await Promise.all(entries));
  }

  private async statusOf(service: string): Promise<ServingStatus> {
    const isKnown = service === '' || isProbe(service) || this.services.has(service);
    if (!isKnown) return STATUS.serviceUnknown;
    const result = await this.findProbes()?.check(isProbe(service) ? service : 'readiness');
    return result && hasPassed(result) ? STATUS.serving : STATUS.notServing;
  }
}

/**
 * Adds `grpc.health.v1.Health` to a gRPC server, for Kubernetes' gRPC probes, meshes and clients with health
 * checking. Its services are `''`, `readiness` and every service of the app, which have the state of
 * readiness, and `liveness` and `startup`. A degraded probe is `SERVING`.
 *
 * `Watch` sends each change. While a client watches, the probes run every 5 s; at most 100 clients can watch.
 *
 * @param server the server of `@grpc/grpc-js`, before the app adds its services
 * @param getProbes returns the app's `ProbeService`. It is called with the first request.
 * @throws {Error} of grpc-js, when the server has the service already
 * @example
 * ```ts
 * const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
 *   transport: Transport.GRPC,
 *   options: {
 *     package: 'orders',
 *     protoPath: 'orders.proto',
 *     gracefulShutdown: true,
 *     onLoadPackageDefinition: (_, server) => addHealthService(server, () => app.get(ProbeService)),
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export function addHealthService(server: GrpcServer, getProbes: () => ProbeService): void {
  const health = new HealthService(getProbes);
  const { addService, tryShutdown } = server;
  addService.call(server, HEALTH_SERVICE, health.implementation);
  server.addService = (definition: Readonly<Record<string, { path?: string }>>, implementation) => {
    for (const { path } of Object.values(definition)) {
      const name = path?.split('/')[1];
      if (name) health.services.add(name);
    }
    addService.call(server, definition, implementation);
  };
  server.tryShutdown = (callback) => {
    void health.endWatches().finally(() => tryShutdown.call(server, callback));
  };
}
