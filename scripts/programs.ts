import { join } from 'node:path';

/** A program of this repository: a folder with `src/main.ts`. */
export interface Program {
  /** Name of its folder. */
  readonly name: string;
  /** What it is, in one sentence. */
  readonly description: string;
  /** Options of Node for measurements, tests and the demo, where nothing limits memory: limits in absolute numbers. */
  readonly nodeFlags: readonly string[];
  /** Variables that must be set before it starts, in images, measurements and the demo alike. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A program that ships as a bundle and an image of its own, to run in a customer's cluster. */
export interface ShippedProgram extends Program, ShippedFacts {
  /** Its key in the values of charts/castai. */
  readonly component: string;
  /** As `nodeFlags`, for its image: the heap as a share of the container's limit, so that whoever raises that raises both. */
  readonly imageNodeFlags: readonly string[];
}

/** What is written down about a program that ships; the rest follows from it. The chart's key is its name in one word. */
interface ShippedFacts extends Omit<Program, 'nodeFlags'> {
  /** User and group that it runs as. */
  readonly uid: number;
  /** How large V8's old generation may grow, in MiB, in a container with the chart's limit. */
  readonly heapMiB: number;
  /** Memory limit of its container in charts/castai/values.yaml, in MiB; a test compares. */
  readonly limitMiB: number;
  /** Further options of V8. */
  readonly v8Flags: readonly string[];
  /** Packages that the main chunk must not hold, with what they would cost there. */
  readonly notInMain: readonly string[];
  /** A folder of files that it reads at run time, by its place below the program's folder; it lies beside the bundle under its own name. */
  readonly assets?: string;
}

/** No signal opens the inspector, from the first moment of the process on; our own listener comes later. */
const SHUT = '--disable-sigusr1';

/** The programs that run in a customer's cluster: what is made for each of them goes by this list. */
export const SHIPPED_PROGRAMS: readonly ShippedProgram[] = [
  complete({
    name: 'agent',
    description: 'Reads the state of a Kubernetes cluster and streams it to the platform.',
    uid: 65_532,
    // Without limits V8 lets the young generation grow to twice the memory that the streams need: it grows with the
    // machine, not with the work. Both are limits of a program that keeps no objects; the benchmark watches them.
    heapMiB: 64,
    limitMiB: 256,
    // What is old is marked in one go when V8's limit is reached, seven times in a snapshot of 10,000 pods: marked beside the program, the heap
    // grows beyond the limit for as long as that takes, and most on an idle machine, where objects come as fast as they can be read.
    v8Flags: ['--max-semi-space-size=1', '--no-incremental-marking'],
    // One arena instead of one per thread, and blocks from 16 KiB on given back as soon as they are free: pages, batches and what
    // TLS hands over are such blocks. What glibc keeps of them otherwise is a quarter of the program's memory; of those below 64 KiB
    // alone 8 MiB (50,000 pods, measured).
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '16384', UV_THREADPOOL_SIZE: '2' },
    notInMain: ['@kubernetes/client-node'],
  }),
  complete({
    name: 'spot-handler',
    description: 'Marks a node and tells the platform when its machine is about to be taken away.',
    uid: 65_532,
    heapMiB: 24,
    limitMiB: 96,
    // Runs on every node, and does next to nothing: a small young generation is collected often and costs nothing.
    // What the rehearsal at the start compiled must still be there when the one notice comes, days later.
    v8Flags: ['--max-semi-space-size=1', '--no-flush-bytecode'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '1' },
    // undici 15 MB, client-node 85 MB of anonymous memory per node.
    notInMain: ['undici', '@kubernetes/client-node'],
  }),
  complete({
    name: 'aks-init-data',
    description: 'Hands over, sealed, what AKS needs to make new nodes.',
    // The files that it reads belong to root; it needs no capability to read them.
    uid: 0,
    heapMiB: 24,
    limitMiB: 96,
    v8Flags: ['--max-semi-space-size=1'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '1' },
    // What reads documents and settings is loaded by the worker alone, which lives for a moment.
    notInMain: ['undici', '@kubernetes/client-node', 'saxes'],
  }),
  complete({
    name: 'evictor',
    description: 'Says which nodes could go, which should be renewed, and what stands in the way.',
    uid: 65_532,
    // The one program whose memory grows with the cluster: it holds the placement of every pod. Half of the limit is for that; what is
    // made in a pass and dropped after it is young, and the young generation is outside of that half.
    heapMiB: 160,
    limitMiB: 320,
    v8Flags: ['--max-semi-space-size=4'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '2' },
    notInMain: ['@kubernetes/client-node'],
  }),
  complete({
    name: 'cluster-controller',
    description: 'Does what the platform asks of the cluster, once each, and says what happened.',
    uid: 65_532,
    // A thousand actions with their manifests, and one page of a list at a time; an answer of the platform may be 16 MiB of text.
    heapMiB: 96,
    limitMiB: 384,
    v8Flags: ['--max-semi-space-size=4'],
    environment: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '2' },
    notInMain: ['@kubernetes/client-node'],
  }),
];

/** Ships as an image, too, for whoever tries the others without an account; it belongs in no cluster for good. */
const PLATFORM: ShippedProgram = complete({
  name: 'platform',
  description: 'The reference platform: takes what the others send, and shows it.',
  uid: 65_532,
  // It holds the picture of what a page looks at: a few hundred bytes a pod. Batches of 32 MiB are decompressed outside of the heap.
  heapMiB: 128,
  limitMiB: 512,
  v8Flags: [],
  environment: {},
  notInMain: [],
  assets: 'src/page/web',
});

/** The one list of programs: what is bundled, made into an image each, and by which rules they are made, goes by it. */
export const PROGRAMS: readonly ShippedProgram[] = [...SHIPPED_PROGRAMS, PLATFORM];

const ROOT = join(import.meta.dirname, '..');

/** The program of this name. Throws an Error that names those that exist. */
export function findProgram(name: string): ShippedProgram {
  const program = PROGRAMS.find((one) => one.name === name);
  if (program !== undefined) return program;
  throw new Error(`there is no program ${name}; there are ${PROGRAMS.map((one) => one.name).join(', ')}`);
}

/** Absolute path of a program's main source file. */
export function sourceOf(program: Program): string {
  return join(ROOT, program.name, 'src/main.ts');
}

/** Absolute path of the folder that holds a program's bundle. */
export function bundleFolder(program: ShippedProgram): string {
  return join(ROOT, 'dist', program.name);
}

/** Absolute path of a program's bundle, which `npm run bundle` makes. */
export function bundleOf(program: ShippedProgram): string {
  return join(bundleFolder(program), 'main.mjs');
}

function complete(facts: ShippedFacts): ShippedProgram {
  const { name, v8Flags, heapMiB, limitMiB } = facts;
  return {
    ...facts,
    component: name.replaceAll(/-(?<letter>[a-z])/gu, (_hyphen, letter: string) => letter.toUpperCase()),
    nodeFlags: [SHUT, ...v8Flags, `--max-old-space-size=${heapMiB}`],
    imageNodeFlags: [SHUT, ...v8Flags, `--max-old-space-size-percentage=${(heapMiB / limitMiB) * 100}`],
  };
}
