import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtImages } from '../../../images/built-images.ts';
import { RootEntrance } from '../../../images/enter-root.ts';
import type { ShippedProgram } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../child-program.ts';

/** How a container runtime is told to start the image's program: the part of the OCI's runtime configuration that comes from the image. */
interface RuntimeProcess {
  readonly user: { readonly uid: number; readonly gid: number };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
}

/** What a pod adds to its image. */
export interface PodSettings {
  /** What follows the image's entrypoint. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Path in the container → folder. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Another user than the image's, and its group. */
  readonly uid?: number;
  /** A command in front of everything. */
  readonly launcher?: readonly string[];
}

/** An image as it lies on a node: its files, and how its program is to be started. Nothing here knows it any other way. */
export class UnpackedImage implements Disposable {
  readonly process: RuntimeProcess;
  readonly rootfs: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'castai-unpacked-'));
  readonly #entrance = new RootEntrance();
  readonly #name: string;

  /** Unpacks the image that `npm run image` made of a program. */
  constructor({ name }: ShippedProgram) {
    const bundle = join(this.#folder, 'bundle');
    this.#name = name;
    builtImages().unpack(name, bundle);
    const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as { process: RuntimeProcess };
    this.process = config.process;
    this.rootfs = join(bundle, 'rootfs');
  }

  /** Starts its program as a pod of the chart would: its user, a read-only root, no capability, no way to gain one. */
  start({ args = [], env = {}, volumes = {}, uid, launcher = [] }: PodSettings = {}): ChildProgram {
    const { user, args: command, env: imageEnv, cwd } = this.process;
    const enter = this.#entrance.launcher({
      root: this.rootfs,
      isReadOnly: true,
      uid: uid ?? user.uid,
      gid: uid ?? user.gid,
      workingDir: cwd,
      environment: [...imageEnv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      volumes,
    });
    const [executable = '', entry = '', ...rest] = [...command, ...args];
    return startProgram({
      name: `the image of ${this.#name}`,
      launcher: [...launcher, ...enter],
      executable,
      entry,
      args: rest,
    });
  }

  [Symbol.dispose](): void {
    this.#entrance[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
