import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RootEntrance } from './enter-root.ts';
import { type ImageConfig, IMAGE_PATHS, WARM_ENVIRONMENT, warmCommand } from './image-config.ts';
import { runTool } from './run-tool.ts';

const SCRIPT = '/warm.ts';

/**
 * Lets a program start once in its root file system, as its user, and keeps the code that V8 compiled below `root`. Where V8 finds
 * another version, other options, another user or a CPU with other abilities, it compiles anew, as if there were no cache.
 * Needs root, to become another user. Throws an Error when the program does not run.
 */
export function makeCompileCache(root: string, config: ImageConfig): void {
  const folder = join(root, IMAGE_PATHS.compileCache);
  const [uid = 0, gid = 0] = config.user.split(':').map(Number);
  mkdirSync(folder, { recursive: true });
  chownSync(folder, uid, gid);
  copyFileSync(join(import.meta.dirname, 'warm.ts'), join(root, SCRIPT));
  using entrance = new RootEntrance();
  const launcher = entrance.launcher({
    root,
    isReadOnly: false,
    uid,
    gid,
    workingDir: config.workingDir,
    environment: Object.entries({ ...config.environment, ...WARM_ENVIRONMENT }).map(
      ([name, value]) => `${name}=${value}`,
    ),
  });
  const [command = '', ...args] = [...launcher, ...warmCommand(config, SCRIPT)];
  runTool([command, ...args]);
  rmSync(join(root, SCRIPT));
  normalise(folder);
}

/** Readable for whoever runs it, writable for nobody but root. */
function normalise(folder: string): void {
  chownSync(folder, 0, 0);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    chownSync(path, 0, 0);
    chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
  }
}
