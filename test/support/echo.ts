import { All, Controller, Req } from '@nestjs/common';
import { HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { type CreateAdapter, type RunningApp, type Setup, startApp } from './app.js';

/** Has a route for everything, and says which request reached it. */
@Controller()
export class EchoController {
  @All('*')
  echo(@Req() { method, originalUrl }: { method: string; originalUrl: string }) {
    return `app: ${method} ${originalUrl}`;
  }
}

/** An app that answers every request that the probes leave to it. */
export const startEcho = (
  createAdapter: CreateAdapter,
  options?: HealthModuleOptions,
  setup?: Setup,
): Promise<RunningApp> =>
  startApp(
    { imports: [HealthModule.forRoot(options)], controllers: [EchoController] },
    createAdapter,
    setup,
  );
