import { posix } from 'node:path';
import {
  BELOW_PROGRAMS,
  BESIDE_CODE,
  HEAVY_PACKAGES,
  OVER_KUBE,
  PURE_BUILTINS,
  PURE_NAMES,
  PURE_PACKAGES,
  PURE_ROOMS,
  SHARED_FLOORS,
  SUITES,
  TEST_FLOORS,
} from './floors.ts';
import { type Place, placeOf, type Target, targetOf } from './locate.ts';

/** What a package.json says. */
export interface Manifest {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** What is known of the repository besides its floors. */
export interface House {
  /** Folders of programs, the platform among them. */
  readonly programs: readonly string[];
  /** Of the programs those that run on every node. */
  readonly onEveryNode: readonly string[];
  /** By the folder of the workspace; the root's is the empty text. */
  readonly manifests: Readonly<Record<string, Manifest>>;
}

/** An import as it is written. */
export interface Import {
  /** Path of the file from the root of the repository. */
  readonly from: string;
  readonly specifier: string;
}

type Law = (from: Place, target: Target, house: House) => string | undefined;

/** What is wrong with an import; undefined when nothing is. Pure: files are judged by their paths, nothing is read. */
export function judgeImport({ from, specifier }: Import, house: House): string | undefined {
  const place = placeOf(from);
  const target = targetOf(from, specifier);
  for (const law of LAWS) {
    const wrong = law(place, target, house);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const PLATFORM = 'platform';
const EXCHANGE = 'shared/src/http/exchange.ts';
const NOTHING: Manifest = { dependencies: [], devDependencies: [] };
const LAWS: readonly Law[] = [
  purity,
  oneHttpClient,
  wayOf,
  noTest,
  programs,
  daemons,
  observers,
  shared,
  overKube,
  tests,
  tools,
  declared,
];

/** Own files by relative path, those of another workspace by its name: what moves together reads the same afterwards. */
function wayOf(from: Place, target: Target, house: House): string | undefined {
  if (target.kind === 'outside') return 'This leads out of the repository.';
  if (target.kind !== 'file' || target.place.path.endsWith('/package.json')) return undefined;
  const { top } = target.place;
  const isWorkspace = house.manifests[top] !== undefined && top !== '';
  if (target.way === 'package') {
    if (top === from.top) return 'Own files by relative path.';
    return house.manifests[from.top] === undefined ? 'Only a workspace can import by name.' : undefined;
  }
  if (top === from.top || !isWorkspace || house.manifests[from.top] === undefined) return undefined;
  return `Files of another workspace by its name: @castai/${top}/….`;
}

/** Imported, a test would run once more, as part of another. */
function noTest(_from: Place, target: Target): string | undefined {
  return target.kind === 'file' && target.place.isTest ? 'Nothing imports a test.' : undefined;
}

/** Programs import shared only; what their tests may is said by `besideCode`, what their docs.ts by `docs`. */
function programs(from: Place, target: Target, house: House): string | undefined {
  if (!house.programs.includes(from.top) || target.kind !== 'file') return undefined;
  const to = target.place;
  if (to.path.endsWith('/package.json')) return undefined;
  if (to.top === from.top) {
    return from.part === 'src' && to.part !== 'src' ? 'Nothing in src imports what lies beside it.' : undefined;
  }
  if (from.part === '') return docs(to);
  if (from.isTest) return besideCode(to, house);
  if (isTestCode(to)) return 'Nothing in src imports test code.';
  return to.top === 'shared' ? undefined : 'Programs import shared only, never each other.';
}

/** The other end of the wire is a double like others: a test may open with the platform what the program has sealed. */
function besideCode(to: Place, { programs: names }: House): string | undefined {
  if (to.top === 'shared' || to.top === PLATFORM) return undefined;
  if (names.includes(to.top)) return 'Programs import shared only, never each other.';
  if (to.top !== 'test') return 'A test beside the code imports no tools.';
  return BESIDE_CODE.includes(to.part)
    ? undefined
    : `A test beside the code needs no ${to.part}: what does is a suite.`;
}

function docs(to: Place): string | undefined {
  const isAllowed = (to.top === 'shared' && to.part === 'src') || to.path.startsWith('scripts/docs/');
  return isAllowed ? undefined : 'docs.ts tells what its own program has, with the words of scripts/docs.';
}

function isTestCode({ top, part }: Place): boolean {
  return top === 'test' || (top === 'shared' && part === 'testing');
}

/** What runs on every node is light. The bundle is looked at besides: a library can come by way of shared. */
function daemons(from: Place, target: Target, { onEveryNode }: House): string | undefined {
  const isLight = onEveryNode.includes(from.top) || (from.top === 'shared' && OVER_KUBE.includes(from.room));
  if (!isLight || from.isTest || target.kind !== 'package') return undefined;
  return HEAVY_PACKAGES.includes(target.name) ? 'This costs too much memory on every node.' : undefined;
}

/** What must hold for every request is said once: a `maxRedirects: 0` that is lost in a second place would hand a key on. */
function oneHttpClient(from: Place, target: Target): string | undefined {
  if (target.kind !== 'package' || target.name !== 'axios' || from.path === EXCHANGE) return undefined;
  return `Only ${EXCHANGE} names axios: it says what holds for every request.`;
}

/** Observers listen: the stage says what it tells (an interface beside it), `<program>.ts` connects them. */
function observers(from: Place, target: Target, { programs: names }: House): string | undefined {
  if (!names.includes(from.top) || from.part !== 'src' || from.isTest || from.room === 'observe') return undefined;
  if (target.kind !== 'file' || target.place.top !== from.top || target.place.room !== 'observe') return undefined;
  if (from.path === `${from.top}/src/${from.top}.ts`) return undefined;
  return `Observers listen: only ${from.top}.ts imports observe/; say what is told in an interface beside the stage.`;
}

/** Floors of shared/src, and what is below it: nothing. */
function shared(from: Place, target: Target): string | undefined {
  if (from.top !== 'shared' || target.kind !== 'file') return undefined;
  const to = target.place;
  if (to.path === 'shared/package.json') return undefined;
  if (to.top !== 'shared') return 'shared is below everything: it imports nothing of this repository.';
  if (from.part === 'testing' || from.isTest) return undefined;
  if (isTestCode(to)) return 'Nothing in src imports test code.';
  if (to.room === from.room || to.room === '') return undefined;
  const [own, other] = [floorOf(SHARED_FLOORS, from.room), floorOf(SHARED_FLOORS, to.room)];
  if (from.room === '') return `shared/src/${from.path.split('/').at(-1)} lies below all rooms.`;
  if (own === -1 || other === -1)
    return 'This room of shared/src is on no floor: scripts/lint/floors.ts says which there are.';
  if (other > own) return `shared/src/${from.room} is below shared/src/${to.room}.`;
  return other === own ? `shared/src/${from.room} and shared/src/${to.room} stand side by side.` : undefined;
}

/** Of what is below them, rooms over kube know no wire. */
function overKube(from: Place, target: Target): string | undefined {
  if (from.top !== 'shared' || from.isTest || target.kind !== 'file' || target.place.room !== 'wire') return undefined;
  return OVER_KUBE.includes(from.room) ? `shared/src/${from.room} knows no wire.` : undefined;
}

/** Floors of test/. */
function tests(from: Place, target: Target, { programs: names }: House): string | undefined {
  if (from.top !== 'test' || target.kind !== 'file') return undefined;
  const to = target.place;
  if (names.includes(to.top) && BELOW_PROGRAMS.includes(from.part)) return `test/${from.part} is below the programs.`;
  if (to.top !== 'test' || to.part === from.part || to.part === '') return undefined;
  const [own, other] = [floorOf(TEST_FLOORS, from.part), floorOf(TEST_FLOORS, to.part)];
  if (own === -1 || other === -1)
    return 'This room of test/ is on no floor: scripts/lint/floors.ts says which there are.';
  if (SUITES.includes(from.part) && SUITES.includes(to.part)) {
    return 'A suite never imports a suite: what two need is a stage.';
  }
  return other > own ? `test/${from.part} is below test/${to.part}.` : undefined;
}

/** What builds stands beside the code: scripts ← images, both on shared alone. */
function tools(from: Place, target: Target): string | undefined {
  if ((from.top !== 'scripts' && from.top !== 'images') || target.kind !== 'file') return undefined;
  const { top } = target.place;
  const allowed = from.top === 'scripts' ? ['scripts', 'shared', ''] : ['images', 'scripts', 'shared', ''];
  return allowed.includes(top) ? undefined : `${from.top}/ is below ${top}/.`;
}

/** What is imported is named in the package.json of the workspace: npm puts everything into one folder, so nothing else would tell. */
function declared(from: Place, target: Target, { manifests }: House): string | undefined {
  const name = packageOf(target);
  if (name === undefined) return undefined;
  const workspace = manifests[from.top] === undefined ? '' : from.top;
  const { dependencies, devDependencies } = manifests[workspace] ?? NOTHING;
  const isShipped = from.part === 'src' && !from.isTest;
  const known = isShipped
    ? dependencies
    : [...dependencies, ...devDependencies, ...(manifests[''] ?? NOTHING).devDependencies];
  return known.includes(name) ? undefined : `${posix.join(workspace, 'package.json')} does not name ${name}.`;
}

/** The package that npm has to put there; undefined when the import needs none. */
function packageOf(target: Target): string | undefined {
  if (target.kind === 'package') return target.name;
  return target.kind === 'file' && target.way === 'package' ? `@castai/${target.place.top}` : undefined;
}

/** Pure files take what happened and give what to do. */
function purity(from: Place, target: Target): string | undefined {
  if (!isPure(from)) return undefined;
  if (target.kind === 'builtin' && !PURE_BUILTINS.includes(target.name))
    return 'This file is pure: no input or output.';
  if (target.kind === 'package' && !PURE_PACKAGES.includes(target.name)) return 'This file is pure: no client library.';
  return undefined;
}

/** Whether a file of some `src` is pure, by its name or its room. */
function isPure({ part, path, isTest }: Place): boolean {
  if (part !== 'src' || isTest) return false;
  const folders = path.split('/').slice(2);
  const name = folders.pop()?.replace(/\.ts$/u, '') ?? '';
  if (folders.some((folder) => PURE_ROOMS.some((room) => room === folder))) return true;
  return PURE_NAMES.some((pattern) => {
    const [start = '', end] = pattern.split('*');
    return end === undefined ? name === pattern : name.startsWith(start) && name.endsWith(end);
  });
}

function floorOf(floors: readonly (readonly string[])[], room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}
