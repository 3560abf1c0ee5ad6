import type { HttpAdapterHost } from '@nestjs/core';
import type { Availability } from '../probes/availability.js';

/** What Nest 12 calls first of all when the app closes, ahead of every hook; Nest 11 has nothing there. */
interface ClosableAdapter {
  beforeClose?(): unknown;
}

/** Drains the app before Nest tears anything down. Where Nest has no such moment, a hook does it later. */
export function drainBeforeClose(host: HttpAdapterHost, availability: Availability): void {
  host.init$.subscribe(() => {
    const adapter: ClosableAdapter | undefined = host.httpAdapter;
    const beforeClose = adapter?.beforeClose;
    if (!adapter || !beforeClose) return;
    adapter.beforeClose = async () => {
      await availability.drain();
      await beforeClose.call(adapter);
    };
  });
}
