/**
 * Starts one of the project's TypeScript programs on the Node that this repository pins: `node scripts/run.mjs <file> [arguments]`.
 *
 * Plain JavaScript without dependencies, because on a fresh clone nothing else is there: it installs the packages when they are
 * missing or older than the lock file, then hands over. Safe to repeat; works with any Node from 20 on.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const pinned = join(root, 'node_modules/.bin/node');
const stamp = join(root, 'node_modules/.castai-installed');

await installPackages();
const node = chooseNode();
const child = spawn(node, [join(root, process.argv[2] ?? ''), ...process.argv.slice(3)], { stdio: 'inherit' });
// Ctrl-C reaches the whole process group by itself; only signals sent to this process alone need passing on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});

async function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  refuseForeignFolder();
  console.error('Installing packages (once, less than a minute) …');
  const startedAt = Date.now();
  const waiting = setInterval(() => {
    console.error(`… still installing, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, 10_000);
  // What is in the cache is taken from it; npm else asks for each package whether there is news, and without a network waits for minutes.
  const patience = [
    '--prefer-offline',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...patience], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const status = await new Promise((resolve) => {
    npm.on('error', () => resolve(1));
    npm.on('exit', resolve);
  });
  clearInterval(waiting);
  if (status !== 0) {
    console.error('npm ci failed. Is the package registry reachable? The lines above say what npm met.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** npm would say it in a screen of its own words, about a folder of its own. */
function refuseForeignFolder() {
  try {
    for (const folder of [root, join(root, 'node_modules')]) if (existsSync(folder)) accessSync(folder, constants.W_OK);
  } catch {
    console.error(`The packages belong into ${root}, which this user may not write to: make a clone that is your own.`);
    process.exit(1);
  }
}

function chooseNode() {
  if (existsSync(pinned)) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 12)) return process.execPath;
  console.error(
    `Node ${process.versions.node} cannot run TypeScript sources. The repository brings Node 24 for Linux on x64 and arm64 only: ` +
      `install Node 24.12 or newer on this machine and run the command again.`,
  );
  process.exit(1);
}
