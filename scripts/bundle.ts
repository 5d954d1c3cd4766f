/**
 * `npm run bundle [-- <program>…]`: makes one minified ESM bundle per program, `dist/<program>/main.mjs`, with its source
 * map and esbuild's account of what is in it (`meta.json`) beside it. Prints what each weighs.
 *
 * Bundles exist because imports cost more memory than our own code: unbundled sources and their packages are read,
 * parsed and kept file by file. What is imported on demand becomes a chunk of its own and costs nothing until then.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Metafile, type Plugin, build, transform } from 'esbuild';
import { type ShippedProgram, bundleFolder, sourceOf } from './programs.ts';
import { namedPrograms } from './named-programs.ts';
import { readCall } from './read-call.ts';

/** Packages in CommonJS call `require`, which a module does not have. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * The library that reads kubeconfigs brings a class for each kind of Kubernetes and does not say that they can be left out.
 * None of its modules does anything but define, so those that nothing is imported from go: five sixths of it.
 */
const DROP_UNUSED: Plugin = {
  name: 'drop unused modules of @kubernetes/client-node',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^(@kubernetes.client-node|[.])/ }, async ({ path, pluginData, ...options }) => {
      const isOfLibrary = `${options.importer} ${path}`.includes('@kubernetes/client-node');
      // `resolve` asks every plugin, this one too.
      if (!isOfLibrary || pluginData === 'asked') return undefined;
      return { ...(await bundler.resolve(path, { ...options, pluginData: 'asked' })), sideEffects: false };
    });
  },
};

/** What reads kubeconfigs can send forms, and names the content type of each file in them by a table of 137 kB. Nobody sends one. */
const NO_CONTENT_TYPES: Plugin = {
  name: 'leave the table of content types out',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^mime-db$/ }, () => ({
      path: join(import.meta.dirname, '../shared/no-content-types.json'),
    }));
  },
};

/**
 * undici is a client of HTTP, and beside it `fetch`, web sockets, caches, mocks and a second parser that is off: all of it loaded and kept with the first
 * import, two thirds of its bytes. What is here is what `shared/src/http/dispatcher.ts` makes its connections of; any other name does not
 * bundle. `fetch`, which the library that reads kubeconfigs names and never calls, is Node's own.
 * Dispatchers get their methods here as in undici's own index: that of a proxy asks with `connect`.
 */
const UNDICI_CLIENTS = `
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import api from 'undici/lib/api/index.js';
Object.assign(Dispatcher.prototype, api);
export { Agent, Pool, ProxyAgent };
export const fetch = globalThis.fetch;`;

const NO_UNUSED_UNDICI: Plugin = {
  name: 'undici without what nobody uses',
  setup: (bundler) => {
    // In the place of its own files, so that whoever asks which packages are in a bundle is told this one.
    bundler.onLoad({ filter: /[/]undici[/]index\.js$/ }, () => ({
      contents: UNDICI_CLIENTS,
      resolveDir: join(import.meta.dirname, '../shared'),
    }));
    bundler.onLoad({ filter: /[/]undici[/]lib[/]milo[/]/ }, () => ({ contents: '' }));
  },
};

/**
 * What a library calls its variables is nothing that a stack trace of ours needs, and a quarter of the bundle. What stands at the top of
 * a module, the classes of errors among it, keeps its name.
 */
const SHORT_NAMES_IN_LIBRARIES: Plugin = {
  name: 'short names inside of libraries',
  setup: (bundler) => {
    bundler.onLoad({ filter: /node_modules.*\.(?:js|mjs|cjs)$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { minifyIdentifiers: true, loader: 'js' });
      return { contents: code, loader: 'js' };
    });
  },
};

const USAGE = `npm run bundle [-- <program>…]

Makes dist/<program>/main.mjs of the programs named, or of all.`;

const { positionals } = readCall(USAGE, { options: {}, operands: true });
for (const program of namedPrograms(USAGE, positionals)) await bundle(program);

async function bundle(program: ShippedProgram): Promise<void> {
  const folder = bundleFolder(program);
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { main: sourceOf(program) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Names stay as they are: those in stack traces and logs of a production system are worth their bytes. `minify` with `keepNames` would
    // name each function anew, every time that it is made: a third of the evictor's search went there.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    banner: { js: REQUIRE_BANNER },
    // The parser that is left out stays off, whatever a pod's environment says.
    define: { 'process.env.UNDICI_USE_MILO': '""' },
    plugins: [DROP_UNUSED, NO_CONTENT_TYPES, NO_UNUSED_UNDICI, SHORT_NAMES_IN_LIBRARIES],
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(metafile));
  refuseInMain(program, metafile);
  const { assets } = program;
  if (assets !== undefined)
    cpSync(join(dirname(dirname(sourceOf(program))), assets), join(folder, basename(assets)), { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.mjs'),
  )) {
    const kibibytes = Math.round(statSync(join(folder, name)).size / 1024);
    console.log(`dist/${program.name}/${name}  ${kibibytes} KiB`);
  }
}

/** Everything that is loaded at the start: the main file and what it imports statically. */
function chunksAtStart(outputs: Metafile['outputs']): Set<string> {
  const [main] = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint?.endsWith('main.ts'));
  const found = new Set(main === undefined ? [] : [main[0]]);
  for (const chunk of found) {
    for (const { path, kind } of outputs[chunk]?.imports ?? []) if (kind === 'import-statement') found.add(path);
  }
  return found;
}

function refuseInMain({ name, notInMain }: ShippedProgram, { outputs }: Metafile): void {
  for (const chunk of chunksAtStart(outputs)) {
    const inputs = Object.keys(outputs[chunk]?.inputs ?? {});
    const banned = notInMain.find((dependency) =>
      inputs.some((input) => input.includes(`node_modules/${dependency}/`)),
    );
    if (banned === undefined) continue;
    throw new Error(`${name}: ${chunk}, which is loaded at the start, holds ${banned}: import it on demand`);
  }
}
