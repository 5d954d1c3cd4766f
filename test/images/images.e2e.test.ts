/**
 * Each image, from its packing to its last signal, without a container engine: built, unpacked, and started as a pod starts it, with
 * nothing but what its own configuration says.
 */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtImages, sbomOf } from '../../images/built-images.ts';
import { readMetafile } from '../../images/program-files.ts';
import { canEnterRoots } from '../../images/enter-root.ts';
import type { SbomComponent } from '../../images/sbom.ts';
import { findProgram, PROGRAMS, SHIPPED_PROGRAMS } from '../../scripts/programs.ts';
import type { ChildProgram } from '../stages/child-program.ts';
import { parseMetrics } from '@castai/shared/testing/parse-metrics.ts';
import { buildImages } from '../stages/images/build-images.ts';
import { imageFiles } from '../stages/images/image-files.ts';
import { MemoryCgroup } from '../stages/images/memory-cgroup.ts';
import { lonelyPod } from '../stages/images/lonely-pod.ts';
import { ownDist } from '../stages/own-dist.ts';
import { UnpackedImage } from '../stages/images/unpacked-image.ts';

const MIB = 1024 * 1024;
/** Names of functions and variables are whole in it: without that a quarter less would do. */
const MAX_BUNDLE_BYTES = 2_500_000;
const GRACE_MS = 60_000;
const REPOSITORY = join(import.meta.dirname, '../..');
/** Every file of an image is one of these. */
const KINDS = [
  /^\/app\/main\.mjs$/u,
  /^\/app\/chunks\/[\w-]+\.mjs$/u,
  // What the platform's page is made of.
  /^\/app\/web\/(?:[\w-]+\/)?[\w-]+\.(?:html|css|js)$/u,
  /^\/app\/THIRD-PARTY-NOTICES$/u,
  /^\/app\/compile-cache\/v24\.[\w.-]+\/[\da-f]+$/u,
  /^\/nodejs\/(?:bin\/node|LICENSE)$/u,
  /^\/lib(?:64)?\/[\w-]*\/?[\w.+-]+\.so(?:\.\d+)*$/u,
  /^\/etc\/(?:passwd|group|nsswitch\.conf|ssl\/certs\/ca-certificates\.crt)$/u,
  /^\/usr\/share\/doc\/[\w.+-]+\/copyright$/u,
];

ownDist();

beforeAll(() => buildImages());

describe.each(PROGRAMS)('the image of $name', (program) => {
  let image: UnpackedImage;
  beforeAll(() => {
    image = new UnpackedImage(program);
  });
  afterAll(() => image[Symbol.dispose]());

  test('holds Node, the bundle and what they need, and nothing else', () => {
    const files = imageFiles(image.rootfs).filter(({ stats }) => !stats.isDirectory());
    const paths = files.map(({ path }) => path);
    expect(paths.filter((path) => !KINDS.some((kind) => kind.test(path)))).toEqual([]);
    for (const path of ['/app/main.mjs', '/nodejs/bin/node', '/etc/ssl/certs/ca-certificates.crt']) {
      expect(paths).toContain(path);
    }
    expect(files.filter(({ stats }) => !stats.isFile())).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('belongs to root, and nobody else may change anything but /tmp', () => {
    for (const { path, stats } of imageFiles(image.rootfs)) {
      expect({ path, uid: stats.uid, gid: stats.gid }).toEqual({ path, uid: 0, gid: 0 });
      const mode = stats.mode & 0o7777;
      if (path === '/tmp') expect(mode).toBe(0o1777);
      // Neither set-user-id nor writable for group or others.
      else expect({ path, mode: mode & 0o7022 }).toEqual({ path, mode: 0 });
    }
  });

  test('has a bundle of at most 2.5 MB, without sources, maps, keys or paths of the machine that built it', () => {
    const app = imageFiles(image.rootfs).filter(({ path, stats }) => path.startsWith('/app/') && stats.isFile());
    const code = app.filter(({ path }) => path.endsWith('.mjs'));
    const bytes = code.reduce((sum, { stats }) => sum + stats.size, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
    for (const { path } of app) {
      const text = readFileSync(join(image.rootfs, path), 'latin1');
      expect(text.includes(REPOSITORY) ? path : '').toBe('');
      expect(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z\d+/]{16}/u.test(text) ? path : '').toBe('');
    }
  });

  test('says how it starts as the list of programs does', () => {
    const { user, args, env, cwd } = image.process;
    expect(user).toMatchObject({ uid: program.uid, gid: program.uid });
    expect(args).toEqual(['/nodejs/bin/node', ...program.imageNodeFlags, '/app/main.mjs']);
    const own = env.filter((variable) => !/^(?:PATH|TERM|HOME)=/u.test(variable));
    expect(Object.fromEntries(own.map((variable) => variable.split('=', 2)))).toEqual({
      ...program.environment,
      NODE_COMPILE_CACHE: '/app/compile-cache',
    });
    expect(cwd).toBe('/app');
    const { config } = builtImages().manifest(program.name);
    expect(builtImages().blob(config.digest)).toMatchObject({
      os: 'linux',
      config: { Labels: { 'org.opencontainers.image.title': `castai-${program.name}` } },
    });
  });

  test.runIf(canEnterRoots())(
    'runs as its user without a right on a read-only root, serves, and ends in order when told to',
    async () => {
      using pod = lonelyPod();
      await using child = image.start(pod.settings);
      const { health, metrics } = await look(child);
      expect(health).toBe(200);
      expect(metrics.find(({ name }) => name.endsWith('_build_info'))?.labels).toContain(`version="`);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'mu').exec(status)?.[1]?.trim() ?? '';
      const { uid } = program;
      expect(field('Uid')).toBe([uid, uid, uid, uid].join('\t'));
      expect(field('Gid')).toBe([uid, uid, uid, uid].join('\t'));
      expect(field('Groups')).toBe('');
      expect(field('NoNewPrivs')).toBe('1');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(field(set)).toBe('0'.repeat(16));
      const mounts = readFileSync(`/proc/${child.pid}/mountinfo`, 'utf8')
        .split('\n')
        .map((line) => line.split(' '));
      expect(mounts.find(([, , , , point]) => point === '/')?.[5]).toMatch(/^ro\b/u);
      expect(await child.stop('SIGTERM', GRACE_MS)).toEqual({ code: 0, signal: null });
    },
  );

  test.runIf(canEnterRoots())('finds in its compile cache all that it loads at its start', async () => {
    using pod = lonelyPod();
    const env = { ...pod.settings.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
    await using child = image.start({ ...pod.settings, env });
    await look(child);
    await child.stop('SIGTERM', GRACE_MS);
    const lines = child.lines.map(({ text }) => text);
    const namesIn = (pattern: RegExp): string[] =>
      lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).filter((name) => name.startsWith('file:///app/'));
    const accepted = namesIn(/V8 code cache for ESM (\S+) was accepted/u);
    expect(accepted).toContain('file:///app/main.mjs');
    expect(namesIn(/reading cache from \S+ for ESM (\S+?)\.\.\./u).sort()).toEqual(accepted.sort());
  });

  test.runIf(canEnterRoots())('starts as well as a user that it does not know, as OpenShift chooses one', async () => {
    using pod = lonelyPod();
    await using child = image.start({ ...pod.settings, uid: 1_000_650_000 });
    // What belongs to root is not for it; everything else works.
    expect((await look(child)).health).toBe(200);
    expect(await child.stop('SIGTERM', GRACE_MS)).toEqual({ code: 0, signal: null });
  });

  // The reference platform does not tell its heap.
  test.runIf(canEnterRoots() && SHIPPED_PROGRAMS.includes(program))(
    'gives V8 the share of its memory that the chart reckons with',
    async () => {
      const limitBytes = program.limitMiB * MIB;
      await using cgroup = MemoryCgroup.create(program.name, limitBytes);
      if (cgroup === undefined) console.warn('this machine allows no memory limit: the share is that of its memory');
      using pod = lonelyPod();
      await using child = image.start({
        ...pod.settings,
        ...(cgroup === undefined ? {} : { launcher: cgroup.launcher }),
      });
      const { metrics } = await look(child);
      const heapBytes = metrics.find(({ name }) => name === 'nodejs_heap_size_limit_bytes')?.value ?? 0;
      const share = program.heapMiB / program.limitMiB;
      const expected =
        cgroup === undefined
          ? Math.min(process.constrainedMemory() || Infinity, totalmem()) * share
          : program.heapMiB * MIB;
      // On top comes the young generation: three semi-spaces.
      const semiSpaceMiB = Number(/--max-semi-space-size=(\d+)/u.exec(program.v8Flags.join(' '))?.[1]);
      expect(heapBytes).toBeGreaterThanOrEqual(expected * 0.98);
      expect(heapBytes).toBeLessThanOrEqual(expected * 1.02 + (3 * semiSpaceMiB + 5) * MIB);
      await child.stop('SIGTERM', GRACE_MS);
    },
  );
});

test.each(PROGRAMS)('the SBOM of $name lists what its bundle holds, Node and the libraries, and no tool', (program) => {
  const sbom = JSON.parse(readFileSync(sbomOf(program), 'utf8')) as { components: SbomComponent[] };
  const listed = new Map(sbom.components.map(({ purl, version, licenses }) => [purl, { version, licenses }]));
  const { outputs } = readMetafile(program);
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const used = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(input)?.[0] ?? []));
  expect(used.size).toBeGreaterThan(10);
  for (const path of used) {
    const { name, version } = JSON.parse(readFileSync(join(REPOSITORY, path, 'package.json'), 'utf8')) as SbomComponent;
    const component = listed.get(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    expect({ name, version: component?.version }).toEqual({ name, version });
    expect(component?.licenses ?? []).not.toEqual([]);
  }
  const names = sbom.components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['node', 'libc6', 'libstdc++6', 'libgcc-s1']));
  const manifestOf = (folder: string) =>
    JSON.parse(readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8')) as Manifest;
  const { devDependencies: tools = {} } = manifestOf('');
  // What a program works with may be a tool of the repository as well.
  const { dependencies: needed = {} } = manifestOf(program.name);
  expect(names.filter((name) => name in tools && !(name in needed))).toEqual([]);
  // The packages, our workspaces, Node, and what the libraries are from: not one more.
  const others = sbom.components.filter(({ purl }) => !purl.startsWith('pkg:npm/'));
  expect(new Set(others.map(({ purl }) => purl.split('@')[0]))).toEqual(
    new Set(['pkg:deb/debian/libc6', 'pkg:deb/debian/libgcc-s1', 'pkg:deb/debian/libstdc%2B%2B6', 'pkg:generic/node']),
  );
});

test('all have the layer with Node in common', () => {
  const bases = PROGRAMS.map(({ name }) => builtImages().manifest(name).layers[0]?.digest);
  expect(new Set(bases).size).toBe(1);
});

test('an image that is made again differs at most in what V8 compiled', async () => {
  const layers = (): string[] =>
    builtImages()
      .manifest('agent')
      .layers.slice(0, 2)
      .map(({ digest }) => digest);
  const before = layers();
  await buildImages('agent');
  expect(layers()).toEqual(before);
});

test.runIf(canEnterRoots())(
  'the doctor is in the image of the agent, and says with exit code 2 what nobody has set',
  async () => {
    using image = new UnpackedImage(findProgram('agent'));
    await using child = image.start({ args: ['doctor'] });
    expect(await child.exit).toEqual({ code: 2, signal: null });
    const output = child.lines.map(({ text }) => text).join('\n');
    expect(output).toContain('API_KEY');
    expect(output).toContain('API_URL');
  },
);

/** What a package.json says of others. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function look(child: ChildProgram) {
  const { port } = await child.waitForJson<{ port: number }>((line) => typeof line.port === 'number');
  const url = `http://127.0.0.1:${port}`;
  const health = (await fetch(`${url}/healthz`)).status;
  return { url, health, metrics: parseMetrics(await (await fetch(`${url}/metrics`)).text()) };
}
