import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/**
 * Nest calls the hooks of one module after the other and awaits each: at start-up by descending
 * `distance`, on shutdown by ascending. Global modules are first and so the last to be torn down. The
 * setter is in Nest's types but undocumented; Nest reads it at the first hook, so a constructor is in
 * time. Where it is missing, the hooks run in the order of the imports.
 */
function setDistance(modules: ModulesContainer, metatype: object, distance: number): void {
  for (const module of modules.values()) {
    if (module.metatype === metatype) module.distance = distance;
  }
}

/** Runs ahead of the `onModuleInit` of all other modules, which wait for it. */
@Injectable()
export class FirstHooks implements OnModuleInit {
  beforeInit: () => Promise<void> | void = () => {};

  onModuleInit(): Promise<void> | void {
    return this.beforeInit();
  }
}

/** Runs after the `onApplicationBootstrap` of all other modules, and ahead of their `onModuleDestroy`. */
@Injectable()
export class LastHooks implements OnApplicationBootstrap, OnModuleDestroy {
  afterBootstrap: () => void = () => {};
  beforeDestroy: () => Promise<void> | void = () => {};

  onApplicationBootstrap(): void {
    this.afterBootstrap();
  }

  onModuleDestroy(): Promise<void> | void {
    return this.beforeDestroy();
  }
}

@Module({ providers: [FirstHooks], exports: [FirstHooks] })
export class FirstModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    setDistance(modules, FirstModule, Infinity);
  }
}

@Module({ providers: [LastHooks], exports: [LastHooks] })
export class LastModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    setDistance(modules, LastModule, -1);
  }
}
