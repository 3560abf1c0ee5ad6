import type { HttpAdapterHost } from '@nestjs/core';

/** Nest 12 calls it before every hook when the app closes. Nest 11 has nothing there. */
interface ClosableAdapter {
  beforeClose?(): unknown;
}

/** Awaits `act` before Nest closes anything, where it has such a moment. */
export function beforeClose(host: HttpAdapterHost, act: () => Promise<void>): void {
  host.init$.subscribe(() => {
    const adapter: ClosableAdapter | undefined = host.httpAdapter;
    const original = adapter?.beforeClose;
    if (!adapter || !original) return;
    adapter.beforeClose = async () => {
      await act();
      await original.call(adapter);
    };
  });
}
