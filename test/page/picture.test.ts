import { readFileSync, writeFileSync } from 'node:fs';
import { ExpressAdapter } from '@nestjs/platform-express';
import Memcached from 'memcached';
import { HealthModule } from 'nestjs-healthz';
import { DataSource } from 'typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { connectedAs, unconnected } from '../discovery/memory-data-source.js';
import { startApp } from '../support/app.js';
import { fetchText } from '../support/request.js';
import { useBrowser } from './browser.js';

const PICTURE = new URL('../../docs/page.png', import.meta.url);
const WIDTH = 900;
const open = useBrowser();

/** The width of a PNG, which its header has. */
const widthOf = (png: Buffer) => png.readUInt32BE(16);

// `UPDATE_PICTURES=1 npx vitest run test/page` writes it anew.
it('the picture in the README is one of the page', async () => {
  const cache = new Memcached('127.0.0.1:1');
  onTestFinished(() => cache.end());
  const { port } = await startApp(
    {
      imports: [
        HealthModule.forRoot({
          freshMs: 0,
          dataSources: { optional: ['reporting'] },
          readiness: { checks: { billing: () => true } },
        }),
      ],
      providers: [
        connectedAs(DataSource),
        { provide: 'reportingDataSource', useFactory: unconnected },
        { provide: 'SESSION_CACHE', useValue: cache },
      ],
    },
    () => new ExpressAdapter(),
  );
  for (let n = 0; n < 60; n++) await fetchText(port, '/readiness');
  const { page, errors } = await open(`http://127.0.0.1:${port}/readiness`);
  await page.setViewportSize({ width: WIDTH, height: 600 });
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Not ready');
  const picture = await page.screenshot({ fullPage: true });
  if (process.env['UPDATE_PICTURES']) writeFileSync(PICTURE, picture);
  expect(widthOf(readFileSync(PICTURE))).toBe(widthOf(picture));
  expect(errors).toEqual([]);
});
