import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { findBinary } from '../servers/binary.js';

// As root, without a display, and without Chromium's own traffic.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts, of the content security policy and of failed loads. */
  readonly errors: string[];
}

// Chromium logs each response with a status of 400 or above, which is expected of a failing probe.
const EXPECTED_ERROR = 'the server responded with a status of 503';

/** Runs Debian's Chromium for all tests of a file. Returns a function that opens a page until the end of the test. */
export function useBrowser(): (url: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = findBinary('chromium', 'chromium');
    browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  });
  afterAll(() => browser?.close());
  return async (url, options) => {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !text.includes(EXPECTED_ERROR)) errors.push(text);
    });
    await page.goto(url);
    return { page, errors };
  };
}
