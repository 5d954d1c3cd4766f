/** `npm run platform`: the reference platform as a program. Exit code 1: it cannot start (port taken, unusable file), 2: wrong arguments. */
import { systemClock } from '@castai/shared/async/clock.ts';
import { HELP, parseOptions, type PlatformArguments } from './options.ts';
import { startPlatform } from './platform.ts';

async function main(): Promise<void> {
  let options: PlatformArguments | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    process.exitCode = 2;
    return;
  }
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const platform = await startPlatform({
    ...options,
    clock: systemClock,
    onError: (error) => console.error(error),
  }).catch((error: unknown) => {
    process.stderr.write(`the platform cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  });
  if (!platform) {
    process.exitCode = 1;
    return;
  }
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing ??= platform.close();
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  // Last: whoever reads this line may send a signal at once.
  process.stdout.write(`${JSON.stringify({ url: platform.url })}\n`);
}

await main();
