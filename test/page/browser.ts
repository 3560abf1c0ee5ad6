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
  /** What the browser complained about: errors of scripts, of the policy, of what could not be loaded. */
  readonly complaints: string[];
}

// Chromium itself notes each answer of 400 and above, which a failing probe is meant to be.
const NOTED_STATUS = 'the server responded with a status of 503';

/** Debian's Chromium, for all tests of a file. Returns how to open a page, closed at the end of the test. */
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
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !text.includes(NOTED_STATUS)) complaints.push(text);
    });
    await page.goto(url);
    return { page, complaints };
  };
}
