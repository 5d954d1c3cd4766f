import { join } from 'node:path';

/** A program of this repository that ships as a bundle of its own. */
export interface Program {
  /** Name of the folder below `dist` and of the npm script. */
  readonly name: string;
  /** Main file, relative to the root of the repository. */
  readonly entry: string;
  /** Options of Node that the program is run with, in images, measurements and the demo alike. */
  readonly nodeFlags: readonly string[];
  /** Variables that must be set before it starts, in images, measurements and the demo alike. */
  readonly environment: Readonly<Record<string, string>>;
  /** Packages that the main chunk must not hold, with what they would cost there. */
  readonly notInMain: readonly string[];
}

/** The one list of programs. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'agent',
    entry: 'agent/src/main.ts',
    // Without limits V8 lets the young generation grow to twice the memory that the streams need: it grows with the
    // machine, not with the work. Both are limits of a program that keeps no objects; the benchmark watches them.
    nodeFlags: ['--max-semi-space-size=2', '--max-old-space-size=64'],
    // One arena instead of one per thread, and blocks from 64 KiB on given back as soon as they are free: pages and batches
    // are such blocks, and what glibc keeps of them otherwise is a quarter of the program's memory (measured).
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '2' },
    notInMain: ['@kubernetes/client-node'],
  },
  {
    name: 'spot-handler',
    entry: 'spot-handler/src/main.ts',
    // Runs on every node, and does next to nothing: a small young generation is collected often and costs nothing.
    // What the rehearsal at the start compiled must still be there when the one notice comes, days later.
    nodeFlags: ['--max-semi-space-size=1', '--max-old-space-size=24', '--no-flush-bytecode'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '1' },
    // undici 15 MB, client-node 85 MB of anonymous memory per node.
    notInMain: ['undici', '@kubernetes/client-node'],
  },
  {
    name: 'aks-init-data',
    entry: 'aks-init-data/src/main.ts',
    nodeFlags: ['--max-semi-space-size=1', '--max-old-space-size=24'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '1' },
    // What reads documents and settings is loaded by the worker alone, which lives for a moment.
    notInMain: ['undici', '@kubernetes/client-node', 'saxes'],
  },
];

const ROOT = join(import.meta.dirname, '..');

/** The program of this name. Throws an Error that names those that exist. */
export function findProgram(name: string): Program {
  const program = PROGRAMS.find((one) => one.name === name);
  if (program !== undefined) return program;
  throw new Error(`there is no program ${name}; there are ${PROGRAMS.map((one) => one.name).join(', ')}`);
}

/** Absolute path of a program's main source file. */
export function sourceOf(program: Program): string {
  return join(ROOT, program.entry);
}

/** Absolute path of the folder that holds a program's bundle. */
export function bundleFolder(program: Program): string {
  return join(ROOT, 'dist', program.name);
}

/** Absolute path of a program's bundle, which `npm run bundle` makes. */
export function bundleOf(program: Program): string {
  return join(bundleFolder(program), 'main.mjs');
}
