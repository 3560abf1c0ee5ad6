import axe, { type AxeResults } from 'axe-core';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Page } from 'playwright-core';
import { type CheckStatus, HealthModule, type HealthModuleOptions } from 'nestjs-healthz';
import { describe, expect, it } from 'vitest';
import { freePort, until } from '../servers/index.js';
import { startApp } from '../support/app.js';
import { createGate } from '../support/gate.js';
import { get } from '../support/request.js';
import { useBrowser } from './browser.js';

const open = useBrowser();

/** Three checks whose status the test sets. */
function switchableChecks() {
  const states: Record<string, CheckStatus> = { billing: 'up', search: 'up', mail: 'up' };
  const checks = Object.fromEntries(
    Object.keys(states).map((name) => [
      name,
      () => ({ [name]: { status: states[name] ?? 'up', message: 'ECONNREFUSED 10.0.0.7' } }),
    ]),
  );
  return { states, checks };
}

async function start(options: HealthModuleOptions) {
  const { app, port } = await startApp(
    { imports: [HealthModule.forRoot({ freshMs: 0, ...options })] },
    () => new ExpressAdapter(),
  );
  return { app, port, origin: `http://127.0.0.1:${port}` };
}

/** The serious and critical accessibility violations that axe finds. */
async function seriousViolations(page: Page): Promise<string[]> {
  // The content security policy of the page does not allow a script element.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const rows = (page: Page) => page.locator('tbody tr').allInnerTexts();
const fits = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

describe('the page', () => {
  it('updates automatically: up, degraded, down, and up again', async () => {
    const { states, checks } = switchableChecks();
    const { origin } = await start({ readiness: { checks } });
    const { page, errors } = await open(`${origin}/readiness`);
    const heading = page.getByRole('heading', { level: 1 });
    await expect(heading.innerText()).resolves.toBe('Ready');
    expect(await page.title()).toBe('Ready · readiness');
    expect(await rows(page)).toHaveLength(3);
    const waitForHeading = async (title: string) =>
      page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();

    states['search'] = 'degraded';
    await waitForHeading('Ready, degraded');
    states['mail'] = 'down';
    await waitForHeading('Not ready');
    expect(await page.title()).toBe('Not ready · readiness');
    const [, search, mail] = await rows(page);
    expect(search).toMatch(/search\s+check failed\.\s+degraded/);
    expect(mail).toMatch(/mail\s+check failed\.\s+down\s+\d+ s\s+[\d.]+ ms/);
    const strips = page.getByRole('img', { name: /results: 1 down, \d+ up\./ });
    expect(await strips.count()).toBe(1);
    states['search'] = 'up';
    states['mail'] = 'up';
    await waitForHeading('Ready');
    expect(errors).toEqual([]);
  });

  it('shows an alert while the app is stopped, and continues when it is back', async () => {
    const port = await freePort();
    const server = { port, host: '127.0.0.1' };
    const first = await start({ server });
    const { page, errors } = await open(`http://127.0.0.1:${port}/readiness`);
    const alert = page.getByRole('alert');
    expect(await alert.count()).toBe(0);
    await first.app.close();
    await alert.waitFor();
    expect(await alert.innerText()).toBe('No answer any more. The page shows the last one.');
    await start({ server });
    await alert.waitFor({ state: 'hidden' });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Ready');
    expect(errors.filter((each) => !each.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  it('shows that the app is starting and that it is shutting down', async () => {
    const [building, closing] = [createGate(), createGate()];
    const port = await freePort();
    const slow = { provide: 'SLOW', useFactory: () => building.opened };
    const late = { provide: 'LATE', useValue: { onModuleDestroy: () => closing.opened } };
    const { checks } = switchableChecks();
    const starting = startApp(
      {
        imports: [
          HealthModule.forRoot({ readiness: { checks }, server: { port, host: '127.0.0.1' } }),
        ],
        providers: [slow, late],
      },
      () => new ExpressAdapter(),
    );
    const isListening = () => get(port, '/healthz').then(Boolean, () => false);
    await until('the separate port responds', isListening);
    const { page } = await open(`http://127.0.0.1:${port}/readiness`);
    const waitForTitle = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
    await waitForTitle('Starting');
    building.open();
    const { app } = await starting;
    await waitForTitle('Ready');
    const closed = app.close();
    await waitForTitle('Shutting down');
    expect(await seriousViolations(page)).toEqual([]);
    closing.open();
    await closed;
  });

  describe.each(['light', 'dark'] as const)('in %s mode', (colorScheme) => {
    it.each([
      ['wide', 1280],
      ['narrow', 320],
    ])(
      'has no serious accessibility violation, and does not scroll sideways: %s',
      async (_size, width) => {
        const { states, checks } = switchableChecks();
        Object.assign(states, { search: 'degraded', mail: 'down' });
        const { origin } = await start({ readiness: { checks }, details: 'full' });
        const { page, errors } = await open(`${origin}/readiness?exclude=unknown`, {
          colorScheme,
          viewport: { width, height: 720 },
        });
        expect(await seriousViolations(page)).toEqual([]);
        expect(await fits(page)).toBe(true);
        const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        const [red = 0] = /\d+/.exec(String(background))?.map(Number) ?? [];
        expect(red > 128).toBe(colorScheme === 'light');
        expect(errors).toEqual([]);
      },
    );
  });

  it('is readable and refreshes without scripts', async () => {
    const { states, checks } = switchableChecks();
    const { origin } = await start({ readiness: { checks } });
    const { page } = await open(`${origin}/readiness`, { javaScriptEnabled: false });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Ready');
    states['mail'] = 'down';
    await page.getByRole('heading', { level: 1, name: 'Not ready' }).waitFor();
  });

  it('escapes every value', async () => {
    const evil = `<img src=x onerror="document.title='owned'">'"&`;
    const { origin } = await start({
      details: 'full',
      readiness: {
        checks: {
          evil: () => ({
            [evil]: {
              status: 'up' as const,
              message: evil,
              [evil]: evil,
              list: [{ [evil]: evil, depth: 7 }],
            },
            other: { status: 'up' as const },
          }),
        },
      },
    });
    const { page, errors } = await open(
      `${origin}/readiness?exclude=${encodeURIComponent(evil + 'x')}`,
    );
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Ready · readiness');
    expect(await page.locator('tbody th p').first().innerText()).toBe(`evil.${evil}`);
    expect(await page.locator('dt').allInnerTexts()).toEqual(['list']);
    expect(await page.locator('dd').allInnerTexts()).toEqual(['depth: 7']);
    expect(await seriousViolations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('loads no resources, and blocks inserted scripts', async () => {
    const { origin } = await start({});
    const { page, errors } = await open(`${origin}/healthz`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Alive');
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
    }`);
    expect(await page.title()).toBe('Alive · liveness');
    expect(errors.join()).toContain('Content Security Policy');
    const loaded = await page.evaluate("performance.getEntriesByType('resource').length");
    expect(loaded).toBe(0);
  });
});
