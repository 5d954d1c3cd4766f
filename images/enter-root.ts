import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runTool } from './run-tool.ts';
import { sharedLibraries } from './shared-libraries.ts';

/** How a program finds itself in a root file system. */
export interface RootEntry {
  /** Folder that becomes its root. */
  readonly root: string;
  readonly isReadOnly: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly workingDir: string;
  /** Its whole environment; each as `NAME=value`. */
  readonly environment: readonly string[];
  /** Folders of the machine that it sees, read-only: path in its root → path outside. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** Mount point of what drops the rights; a container runtime's own process is not in the container's files, ours has to be. */
const HELPERS = '/.enter';

/**
 * In a mount namespace of its own, so that all of it is gone with the process: what a container runtime mounts, then the root, read-only
 * if so wished. Arguments: root, mode, number of volumes, two paths for each, then the command that goes on.
 */
const SCRIPT = `
set -eu
root=$1 mode=$2 volumes=$3
shift 3
mount --bind "$root" "$root"
for name in proc sys dev; do mount --rbind "/$name" "$root/$name"; done
while [ "$volumes" -gt 0 ]; do
  mount --bind "$2" "$root$1"
  mount -o remount,bind,ro "$root$1"
  shift 2
  volumes=$((volumes - 1))
done
mount -o "remount,bind,$mode" "$root"
exec "$@"
`;

/** Whether this machine lets us: root with the right to mount, which containers often withhold. */
export function canEnterRoots(): boolean {
  return spawnSync('unshare', ['--mount', '--propagation', 'private', 'true'], { stdio: 'ignore' }).status === 0;
}

/**
 * Ways into root file systems that keep nothing of the outside: change of root, one user without groups, no capability, no way to
 * gain one, exactly the given environment. For root on Linux with util-linux; it does what a container runtime would, without one.
 * Network, processes and devices are those of the machine.
 */
export class RootEntrance implements Disposable {
  readonly #helpers = mkdtempSync(join(tmpdir(), 'castai-enter-'));
  readonly #loader: string;
  readonly #setpriv: string;
  readonly #unshare: string;

  /** Throws an Error when a program that is needed is not there. */
  constructor() {
    const find = (name: string): string => runTool(['sh', '-c', `command -v ${name}`], `${name} is needed`).trim();
    // By their paths: the environment of what goes on is not ours.
    this.#unshare = find('unshare');
    // Rights are dropped after the change of root, which needs one: setpriv runs inside, on its own libraries.
    const setpriv = find('setpriv');
    this.#setpriv = setpriv;
    const { loader, libraries } = sharedLibraries(setpriv);
    this.#loader = loader;
    for (const file of [setpriv, loader, ...libraries]) {
      const copy = join(this.#helpers, basename(file));
      copyFileSync(file, copy);
      chmodSync(copy, 0o755);
    }
    chmodSync(this.#helpers, 0o755);
  }

  /** The command that has to stand in front of the program and its arguments. Makes mount points below the root. */
  launcher({ root, isReadOnly, uid, gid, workingDir, environment, volumes = {} }: RootEntry): string[] {
    const all = { ...volumes, [HELPERS]: this.#helpers };
    for (const folder of ['proc', 'sys', 'dev', ...Object.keys(all)])
      mkdirSync(join(root, folder), { recursive: true });
    const inside = (name: string): string => `${HELPERS}/${basename(name)}`;
    const enter = [this.#unshare, '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'enter'];
    const mounts = [root, isReadOnly ? 'ro' : 'rw', String(Object.keys(all).length), ...Object.entries(all).flat()];
    const changeRoot = [this.#unshare, `--root=${root}`, `--wd=${workingDir}`];
    const setpriv = [inside(this.#loader), '--library-path', HELPERS, inside(this.#setpriv)];
    const becomeUser = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
    const dropRights = ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];
    return [...enter, ...mounts, 'env', '-i', ...environment, ...changeRoot, ...setpriv, ...becomeUser, ...dropRights];
  }

  /** Only when nothing runs any more that was started with it. */
  [Symbol.dispose](): void {
    rmSync(this.#helpers, { recursive: true, force: true });
  }
}
