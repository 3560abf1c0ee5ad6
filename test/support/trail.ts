import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  Param,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  type AbstractHttpAdapter,
  HttpAdapterHost,
} from '@nestjs/core';

/** Records the steps that run for a request, in order. While it is `failing`, each step throws. */
export class Trail {
  readonly ran: string[] = [];
  failing = false;

  step(name: string): void {
    this.ran.push(name);
    if (this.failing) throw new Error(`${name} fails`);
  }

  take(): string[] {
    return this.ran.splice(0);
  }
}

/** All steps of an ordinary request, in Nest's order. */
export const ALL_STEPS = [
  'app.use()',
  'middleware of an earlier global module',
  'middleware of the AppModule',
  'APP_GUARD',
  'useGlobalGuards',
  'APP_INTERCEPTOR',
  'useGlobalInterceptors',
  'APP_PIPE',
  'useGlobalPipes',
  'handler',
];

class NoteError extends Error {}
class ShelfError extends Error {}

/**
 * An AppModule with everything that an app can run ahead of a route, and with a global module that is
 * imported before the given ones.
 */
export function trailModule(trail: Trail, imports: ModuleMetadata['imports']): ModuleMetadata {
  const middleware =
    (name: string) => (_request: unknown, _response: unknown, next: () => void) => {
      trail.step(name);
      next();
    };

  @Module({})
  class EarlierModule implements NestModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(middleware('middleware of an earlier global module')).forRoutes('{*path}');
    }
  }

  @Module({})
  class OwnModule implements NestModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(middleware('middleware of the AppModule')).forRoutes('{*path}');
    }
  }

  @Controller({ path: 'notes', version: ['1', VERSION_NEUTRAL] })
  class NotesController {
    @Get(':id')
    find(@Param('id') id: string) {
      trail.step('handler');
      if (id === 'lost') throw new NoteError();
      if (id === 'shelved') throw new ShelfError();
      return `note ${id}`;
    }
  }

  return {
    imports: [{ module: EarlierModule, global: true }, ...(imports ?? []), OwnModule],
    controllers: [NotesController],
    providers: [
      { provide: APP_GUARD, useValue: guard(trail, 'APP_GUARD') },
      { provide: APP_INTERCEPTOR, useValue: interceptor(trail, 'APP_INTERCEPTOR') },
      { provide: APP_PIPE, useValue: pipe(trail, 'APP_PIPE') },
      {
        provide: APP_FILTER,
        inject: [HttpAdapterHost],
        useFactory: (host: HttpAdapterHost) =>
          filter(trail, 'APP_FILTER', NoteError, () => host.httpAdapter),
      },
    ],
  };
}

/** Registers the global guards, interceptors, pipes and filters that `main.ts` of such an app would. */
export function registerGlobals(trail: Trail, app: INestApplication): void {
  app.use((_request: unknown, _response: unknown, next: () => void) => {
    trail.step('app.use()');
    next();
  });
  app.useGlobalGuards(guard(trail, 'useGlobalGuards'));
  app.useGlobalInterceptors(interceptor(trail, 'useGlobalInterceptors'));
  app.useGlobalPipes(pipe(trail, 'useGlobalPipes'));
  app.useGlobalFilters(filter(trail, 'useGlobalFilters', ShelfError, () => app.getHttpAdapter()));
}

const guard = (trail: Trail, name: string) => ({
  canActivate() {
    trail.step(name);
    return true;
  },
});

const interceptor = (trail: Trail, name: string) => ({
  intercept(_context: unknown, next: CallHandler) {
    trail.step(name);
    return next.handle();
  },
});

const pipe = (trail: Trail, name: string) => ({
  transform(value: unknown) {
    trail.step(name);
    return value;
  },
});

function filter(
  trail: Trail,
  name: string,
  caught: typeof NoteError,
  adapter: () => Pick<AbstractHttpAdapter, 'reply'>,
): ExceptionFilter {
  @Catch(caught)
  class Filter implements ExceptionFilter {
    catch(_error: unknown, host: ArgumentsHost) {
      trail.step(name);
      adapter().reply(host.switchToHttp().getResponse(), name, 500);
    }
  }
  return new Filter();
}
