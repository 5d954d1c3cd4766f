/** `npm run demo`. Exit codes: 0 as asked, 1 something went wrong or the pictures differ, 2 wrong arguments. */
import { HELP, type DemoOptions, parseDemoOptions, refuseTakenByNpm } from './demo-options.ts';
import { runDemo } from './demo.ts';
import { fitText } from './fit-text.ts';
import { StatusLine } from './status-line.ts';

const INTERRUPTED = 130;

async function main(): Promise<void> {
  let options: DemoOptions | undefined;
  try {
    options = parseDemoOptions(process.argv.slice(2));
    if (options !== undefined) refuseTakenByNpm(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee npm run demo -- --help\n`);
    process.exitCode = 2;
    return;
  }
  if (options === undefined) {
    const { isTTY, columns } = process.stdout;
    process.stdout.write(isTTY && columns > 0 ? fitText(HELP, columns) : HELP);
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, end);
  }
  function end(): void {
    // Twice means at once: what the demo started ends with it in any case.
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort();
  }
  // Results alone go to standard output.
  const line = new StatusLine(process.stderr);
  try {
    const result = await runDemo({
      options,
      environment: process.env,
      line,
      signal: stop.signal,
      keys: { input: process.stdin, end },
    });
    if (result === undefined) {
      line.say('Ended.');
      return;
    }
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else
      line.say(
        Object.entries(result)
          .map(([key, value]) => `${key} ${String(value)}`)
          .join(', '),
      );
    process.exitCode = result.equal ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) {
      process.exitCode = INTERRUPTED;
      return;
    }
    line.say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

await main();
