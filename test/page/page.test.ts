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

/** Three checks of a user's, each as good as the test says. */
function switchable() {
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

/** What axe finds that would keep somebody from using the page. */
async function seriousFaults(page: Page): Promise<string[]> {
  // Not as a script of the page, whose policy would not have it.
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
  it('follows the app by itself: up, degraded, down, and up again', async () => {
    const { states, checks } = switchable();
    const { origin } = await start({ readiness: { checks } });
    const { page, complaints } = await open(`${origin}/readiness`);
    const heading = page.getByRole('heading', { level: 1 });
    await expect(heading.innerText()).resolves.toBe('Ready');
    expect(await page.title()).toBe('Ready · readiness');
    expect(await rows(page)).toHaveLength(3);
    const shows = async (title: string) =>
      page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();

    states['search'] = 'degraded';
    await shows('Ready, degraded');
    states['mail'] = 'down';
    await shows('Not ready');
    expect(await page.title()).toBe('Not ready · readiness');
    const [, search, mail] = await rows(page);
    expect(search).toMatch(/search\s+check failed\.\s+degraded/);
    expect(mail).toMatch(/mail\s+check failed\.\s+down\s+\d+ s\s+[\d.]+ ms/);
    const strips = page.getByRole('img', { name: /results: 1 down, \d+ up\./ });
    expect(await strips.count()).toBe(1);
    states['search'] = 'up';
    states['mail'] = 'up';
    await shows('Ready');
    expect(complaints).toEqual([]);
  });

  it('outlives the app', async () => {
    const port = await freePort();
    const server = { port, host: '127.0.0.1' };
    const first = await start({ server });
    const { page, complaints } = await open(`http://127.0.0.1:${port}/readiness`);
    const alert = page.getByRole('alert');
    expect(await alert.count()).toBe(0);
    await first.app.close();
    await alert.waitFor();
    expect(await alert.innerText()).toBe('No answer any more. The page shows the last one.');
    await start({ server });
    await alert.waitFor({ state: 'hidden' });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Ready');
    expect(complaints.filter((each) => !each.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  it('shows an app that starts, and one that drains', async () => {
    const [building, closing] = [createGate(), createGate()];
    const port = await freePort();
    const slow = { provide: 'SLOW', useFactory: () => building.opened };
    const late = { provide: 'LATE', useValue: { onModuleDestroy: () => closing.opened } };
    const { checks } = switchable();
    const starting = startApp(
      {
        imports: [
          HealthModule.forRoot({ readiness: { checks }, server: { port, host: '127.0.0.1' } }),
        ],
        providers: [slow, late],
      },
      () => new ExpressAdapter(),
    );
    const answers = () => get(port, '/healthz').then(Boolean, () => false);
    await until('the port of the probes answers', answers);
    const { page } = await open(`http://127.0.0.1:${port}/readiness`);
    const title = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
    await title('Starting');
    building.open();
    const { app } = await starting;
    await title('Ready');
    const closed = app.close();
    await title('Shutting down');
    expect(await seriousFaults(page)).toEqual([]);
    closing.open();
    await closed;
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each([
      ['wide', 1280],
      ['narrow', 320],
    ])('has no serious fault, and fits: %s', async (_size, width) => {
      const { states, checks } = switchable();
      Object.assign(states, { search: 'degraded', mail: 'down' });
      const { origin } = await start({ readiness: { checks }, details: 'full' });
      const { page, complaints } = await open(`${origin}/readiness?exclude=nobody`, {
        colorScheme,
        viewport: { width, height: 720 },
      });
      expect(await seriousFaults(page)).toEqual([]);
      expect(await fits(page)).toBe(true);
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      const [red = 0] = /\d+/.exec(String(background))?.map(Number) ?? [];
      expect(red > 128).toBe(colorScheme === 'light');
      expect(complaints).toEqual([]);
    });
  });

  it('can be read, and refreshes, without scripts', async () => {
    const { states, checks } = switchable();
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
    const { page, complaints } = await open(
      `${origin}/readiness?exclude=${encodeURIComponent(evil + 'x')}`,
    );
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Ready · readiness');
    expect(await page.locator('tbody th p').first().innerText()).toBe(`evil.${evil}`);
    expect(await page.locator('dt').allInnerTexts()).toEqual(['list']);
    expect(await page.locator('dd').allInnerTexts()).toEqual(['depth: 7']);
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('loads nothing, and nothing may be put into it', async () => {
    const { origin } = await start({});
    const { page, complaints } = await open(`${origin}/healthz`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Alive');
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
    }`);
    expect(await page.title()).toBe('Alive · liveness');
    expect(complaints.join()).toContain('Content Security Policy');
    const loaded = await page.evaluate("performance.getEntriesByType('resource').length");
    expect(loaded).toBe(0);
  });
});
