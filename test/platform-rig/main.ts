/**
 * `npm run platform-rig`: the reference platform with faults and a control API around it. Exit code 1: it cannot start (port taken,
 * unusable file), 2: wrong arguments.
 */
import { HELP, parseRigOptions } from './options.ts';
import { type RigOptions, startRig } from './rig.ts';

async function main(): Promise<void> {
  let options: RigOptions | undefined;
  try {
    options = parseRigOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    process.exitCode = 2;
    return;
  }
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const platform = await startRig(options).catch((error: unknown) => {
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
