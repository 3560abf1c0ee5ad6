import { Inject, Injectable, Scope } from '@nestjs/common';
import { LazyModuleLoader, REQUEST } from '@nestjs/core';
import { type Checkable, ProbeIndicator, type ProbeIndicatorOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { until } from '../servers/index.js';
import { moduleOf } from '../support/app.js';
import { probedApp } from '../support/probed-app.js';

const NAME = "letters, digits and - . _, not beginning with 'db.' or 'cache.', and not 'app'";
const MS = 'a number of milliseconds above 0, at most 2147483647';
const SCOPED =
  'its scope is per request or transient; allowed: a singleton whose dependencies are singletons, ' +
  'as a probe is no request.';

class Up {
  check() {
    return true;
  }
}

describe('wrong options of @ProbeIndicator are refused where the class is', () => {
  it.each<[unknown, string]>([
    [undefined, ' is undefined; allowed: an object.'],
    ['mail', " is 'mail'; allowed: an object."],
    [{}, `: name is undefined; allowed: ${NAME}.`],
    [{ name: '' }, `: name is ''; allowed: ${NAME}.`],
    [{ name: 'my mail' }, `: name is 'my mail'; allowed: ${NAME}.`],
    [{ name: 'db.default' }, `: name is 'db.default'; allowed: ${NAME}.`],
    [{ name: 'cache.X' }, `: name is 'cache.X'; allowed: ${NAME}.`],
    [
      { name: 'a', probe: 'ready' },
      ": probe is 'ready'; allowed: 'liveness' or 'readiness' or 'startup'.",
    ],
    [{ name: 'a', optional: 'yes' }, ": optional is 'yes'; allowed: true, false or 'afterStart'."],
    [{ name: 'a', timeoutMs: 0 }, `: timeoutMs is 0; allowed: ${MS}.`],
    [{ name: 'a', freshMs: -1 }, ': freshMs is -1; allowed: a number of milliseconds from 0 to'],
    [
      { name: 'a', timeout: 3 },
      ': timeout (3) is not an option; allowed: name, probe, optional, timeoutMs, freshMs.',
    ],
  ])('%o', (options, message) => {
    const decorate = ProbeIndicator(options as ProbeIndicatorOptions);
    expect(() => decorate(Up)).toThrow(`HealthModule: @ProbeIndicator of Up${message}`);
  });

  it.each(['mail', 'mail-2', 'mail.smtp', 'dbs', 'caches.x', 'x_Y'])('%s is a name', (name) => {
    expect(() => ProbeIndicator({ name })(class extends Up {})).not.toThrow();
  });
});

describe('the app does not start', () => {
  @ProbeIndicator({ name: 'mail' })
  class MailIndicator extends Up {}

  it.each([
    ['per request', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('with one that is %s', async (_, scope) => {
    @Injectable({ scope })
    @ProbeIndicator({ name: 'tenant' })
    class TenantIndicator extends Up {}
    await expect(probedApp({ providers: [TenantIndicator] })).rejects.toThrow(
      `HealthModule: @ProbeIndicator of TenantIndicator: ${SCOPED}`,
    );
  });

  it('with one that is per request through a dependency', async () => {
    @Injectable()
    class Tenant {
      constructor(@Inject(REQUEST) readonly request: unknown) {}
    }
    @ProbeIndicator({ name: 'tenant' })
    class TenantIndicator extends Up {
      constructor(@Inject(Tenant) readonly tenant: Tenant) {
        super();
      }
    }
    await expect(probedApp({ providers: [Tenant, TenantIndicator] })).rejects.toThrow(
      `@ProbeIndicator of TenantIndicator: ${SCOPED}`,
    );
  });

  it('with one that a factory makes per request', async () => {
    const provider = {
      provide: MailIndicator,
      scope: Scope.REQUEST,
      useFactory: () => new MailIndicator(),
    };
    await expect(probedApp({ providers: [provider] })).rejects.toThrow(SCOPED);
  });

  it('with one that has no check', async () => {
    @ProbeIndicator({ name: 'mail' })
    class BareIndicator {
      declare check: Checkable['check'];
    }
    await expect(probedApp({ providers: [BareIndicator] })).rejects.toMatchObject({
      code: 'HEALTH_INVALID_OPTION',
      option: '@ProbeIndicator of BareIndicator',
      message:
        'HealthModule: @ProbeIndicator of BareIndicator: there is no check; allowed: a method check(signal).',
    });
  });

  it('with two of one name, be they on different probes', async () => {
    @ProbeIndicator({ name: 'mail', probe: 'liveness' })
    class SmtpIndicator extends Up {}
    await expect(probedApp({ providers: [MailIndicator, SmtpIndicator] })).rejects.toThrow(
      "HealthModule: @ProbeIndicator of SmtpIndicator: name is 'mail'; allowed: a name that no other " +
        'indicator has; MailIndicator has this one.',
    );
  });

  it('with one class provided twice', async () => {
    const imports = [
      moduleOf({ providers: [MailIndicator] }),
      moduleOf({ providers: [MailIndicator] }),
    ];
    await expect(probedApp({ imports })).rejects.toThrow('another instance has this one.');
  });
});

it('a wrong one of a module that is loaded lazily is not run, and is logged once', async () => {
  @ProbeIndicator({ name: 'mail' })
  class MailIndicator extends Up {}
  @ProbeIndicator({ name: 'mail' })
  class OtherIndicator extends Up {}
  @ProbeIndicator({ name: 'late' })
  class LateIndicator extends Up {}
  const app = await probedApp({ providers: [MailIndicator] });
  const late = moduleOf({ providers: [OtherIndicator, LateIndicator] });
  await app.app.get(LazyModuleLoader).load(() => late);
  await until('the other is asked', async () => (await app.names()).includes('late'));
  expect(await app.names()).toEqual(['late', 'mail']);
  await app.app.get(LazyModuleLoader).load(() => moduleOf({}));
  await app.fetchReadiness();
  expect(app.logger.ofHealthModule.filter((line) => line.startsWith('error'))).toEqual([
    expect.stringContaining("@ProbeIndicator of OtherIndicator: name is 'mail'"),
  ]);
});
