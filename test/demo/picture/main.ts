/**
 * `npm run picture`: takes the README's picture anew, `docs/platform-page.png`: the demo with a spot handler, as its page shows it in a
 * real browser once objects flow and two machines were announced to end. Look at it before you commit it, and
 * give it a palette of 256 colours: that makes it less than half as large.
 */
import { join } from 'node:path';
import { readCall } from '../../../scripts/read-call.ts';
import { launchBrowser } from '../../stages/platform/launch-browser.ts';
import { parseDemoOptions } from '../demo-options.ts';
import { runDemo } from '../demo.ts';
import { StatusLine } from '../status-line.ts';

const FILE = join(import.meta.dirname, '../../../docs/platform-page.png');
/** Down to where the table of nodes begins to repeat itself. */
const VIEW = { width: 1280, height: 1392 };
const PATIENCE_MS = 180_000;
const USAGE = `npm run picture

Takes docs/platform-page.png anew: the demo, as its page shows it in a real browser.`;

/** Runs the demo, and takes the picture as soon as it says where its page is. */
async function main(): Promise<void> {
  const options = parseDemoOptions(['--spot']);
  if (options === undefined) throw new Error('the demo would only print its help');
  const stop = new AbortController();
  const url = Promise.withResolvers<string>();
  const listen = (text: string): void => {
    process.stderr.write(text);
    const [, found] = /^platform +(\S+)/u.exec(text) ?? [];
    if (found !== undefined) url.resolve(found);
  };
  const demo = runDemo({
    options,
    environment: process.env,
    line: new StatusLine({ write: listen }),
    signal: stop.signal,
  });
  try {
    await Promise.race([url.promise.then(takePicture), demo]);
  } finally {
    stop.abort();
    await demo;
  }
}

async function takePicture(url: string): Promise<void> {
  await using browser = await launchBrowser();
  const page = await browser.newPage({ viewport: VIEW, colorScheme: 'light' });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.locator('#notices li').nth(1).waitFor();
  await page.screenshot({ path: FILE });
}

readCall(USAGE, { options: {} });
await main();
