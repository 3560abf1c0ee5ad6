import { Controller, Get, type INestApplication } from '@nestjs/common';
import type { Apps } from '../support/serve.js';
import { type Framework, startNest } from './nest.js';

@Controller()
class EmptyController {
  @Get()
  nothing(): void {}
}

const someMiddleware = (app: INestApplication) =>
  app.use((_request: unknown, _response: unknown, next: () => void) => next());

const variants = (framework: Framework, configure?: typeof someMiddleware) => ({
  without: () => startNest(framework, { controllers: [EmptyController] }, configure),
  async with() {
    const { HealthModule } = await import('nestjs-healthz');
    const metadata = { imports: [HealthModule.forRoot()], controllers: [EmptyController] };
    return startNest(framework, metadata, configure);
  },
});

const kinds = {
  Express: variants('Express'),
  'Fastify that has a middleware': variants('Fastify', someMiddleware),
  'Fastify without middleware': variants('Fastify'),
};

export const apps: Apps = Object.fromEntries(
  Object.entries(kinds).flatMap(([kind, { without, with: withModule }]) => [
    [`${kind}: without`, without],
    [`${kind}: with`, withModule],
  ]),
);
