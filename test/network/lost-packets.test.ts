import { type Fault, HUNG } from '../faults/matrix.js';
import { resolver } from '../faults/resolver.js';
import { describeFaultsOf } from '../faults/run.js';
import { RemoteHost } from '../servers/index.js';

let host: RemoteHost;

// As in the matrix, where a proxy holds back what is sent: here the kernel really loses it.
const lost = {
  expected: HUNG,
  slow: true,
  inflict: () => host.pullOut(),
  heal: () => host.plugIn(),
};
const FAULTS: readonly Fault[] = [
  { name: 'packets lost on pooled connections', ...lost },
  { name: 'packets lost on new connections', cold: true, ...lost },
];

for (const name of ['postgres', 'mariadb', 'memcached'] as const) {
  describeFaultsOf(name, FAULTS, async ({ proxy }) => {
    host = new RemoteHost(proxy.port);
    await host.start();
    resolver.addresses = [host.address];
    return () => host.dispose();
  });
}
