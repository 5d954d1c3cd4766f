import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './launch-browser.ts';

/** How a page is looked at. */
export interface Look {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page in a real browser. */
export interface PageInBrowser {
  /** The one that is open. */
  readonly page: Page;
  /** Opens an address of the platform. */
  readonly show: (path: string, look?: Look) => Promise<Page>;
  readonly text: (selector: string) => Promise<string>;
  /** Waits until the first such element has exactly this text. */
  readonly shows: (selector: string, wanted: string) => Promise<void>;
}

const PATIENCE = { timeout: 20_000 };

/** For the tests of a file: each may open a page, and fails when that complains, or asks anybody but the platform for anything. */
export function usePageInBrowser(platform: { readonly url: string }): PageInBrowser {
  let browser: Browser | undefined;
  let page: Page | undefined;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  afterEach(async () => {
    await page?.close();
    page = undefined;
    const complained = complaints.splice(0);
    if (complained.length > 0) throw new Error(`the browser complained: ${complained.join('; ')}`);
  });

  function opened(): Page {
    if (page === undefined) throw new Error('no page is open');
    return page;
  }

  return {
    get page() {
      return opened();
    },
    async show(path, { width = 1280, colorScheme = 'light' } = {}) {
      if (!browser) throw new Error('no browser');
      await page?.close();
      page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(platform.url) && !url.startsWith('data:')) complaints.push(`it asked ${url}`);
      });
      await page.goto(new URL(path, platform.url).href);
      return page;
    },
    text: async (selector) => (await opened().locator(selector).first().textContent()) ?? '',
    async shows(selector, wanted) {
      await expect.poll(() => opened().locator(selector).first().textContent(), PATIENCE).toBe(wanted);
    },
  };
}
