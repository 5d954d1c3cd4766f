/** `npm run platform`: the reference platform as a program. Exit code 2: wrong arguments. */
import { HELP, parseOptions } from './options.ts';
import { startPlatform, type PlatformOptions } from './platform.ts';

async function main(): Promise<void> {
  let options: PlatformOptions | undefined;
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
  const platform = await startPlatform(options);
  process.stdout.write(`${JSON.stringify({ url: platform.url })}\n`);
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing ??= platform.close();
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
}

await main();
