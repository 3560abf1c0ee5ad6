import type { HttpAdapterHost } from '@nestjs/core';
import type { ProbeMiddleware } from './probe.middleware.js';

/**
 * Puts the probes ahead of everything else the app runs.
 *
 * Middleware from `configure(consumer)` comes after `app.use()` and after that of global modules
 * imported earlier, and a global prefix moves it. `init$` replays as soon as there is an adapter:
 * while the app is being created, before `main.ts` gets hold of it. It has to be `use()` on Fastify
 * too: middie's own hook is in place by then, and one added now would come after it.
 */
export function putFirstInLine(host: HttpAdapterHost, middleware: ProbeMiddleware): void {
  host.init$.subscribe(() => {
    // No adapter: a worker or a microservice, which nobody asks over HTTP.
    host.httpAdapter?.use(middleware.useFirst.bind(middleware));
  });
}
