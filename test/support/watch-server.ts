import { Server } from 'node:http';
import type { isProbeRequest } from 'nestjs-healthz';
import { onTestFinished } from 'vitest';

type Seen = Parameters<typeof isProbeRequest>[0];

/** Sees each request before the app does, as instrumentation of OpenTelemetry: it wraps this method. */
export function watchServer(see: (request: Seen) => void): void {
  const { emit } = Server.prototype;
  onTestFinished(() => {
    Server.prototype.emit = emit;
  });
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]) {
    if (event === 'request') see(args[0] as Seen);
    return emit.apply(this, [event, ...args] as never);
  } as typeof emit;
}
