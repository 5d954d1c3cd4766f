/**
 * `npm run image [-- <program>…]`: bundles programs and makes an image of each, without a container engine and without a registry:
 * `dist/images/oci`, a folder of images with one tag per program, and beside it `<program>.cdx.json`, what is in the image.
 * Prints what each weighs. Needs Debian, umoci and binutils, and root for the compile cache.
 *
 * `-- --files <folder> [<program>…]` only makes the files that programs add to their images; images/Dockerfile takes them from there.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { namedPrograms } from '../scripts/named-programs.ts';
import type { ShippedProgram } from '../scripts/programs.ts';
import { readCall } from '../scripts/read-call.ts';
import { builtImages, sbomOf } from './built-images.ts';
import { bundledPackages } from './bundled-packages.ts';
import { makeCompileCache } from './compile-cache.ts';
import { canEnterRoots } from './enter-root.ts';
import { IMAGE_PATHS, imageConfig } from './image-config.ts';
import { packLayer, unpackLayer } from './layer.ts';
import { makeProgramFiles, readMetafile } from './program-files.ts';
import { readPackage } from './read-package.ts';
import { runTool } from './run-tool.ts';
import { makeRuntimeFiles } from './runtime-files.ts';
import { imageSbom, type NpmSbom } from './sbom.ts';
import type { SystemPackage } from './system-packages.ts';

const ROOT = join(import.meta.dirname, '..');
/** Tag of what all images begin with, while they are made. */
const BASE = 'runtime';
const { version } = readPackage('');

const USAGE = `npm run image [-- [--files F] <program>…]

Makes an image of each program named, or of all, in dist/images/oci; needs Debian with umoci and binutils, and root.

  --files F   only makes the files that the programs add to their images, in folder F, for images/Dockerfile
  --help      this text`;

const { values, positionals } = readCall(USAGE, { options: { files: { type: 'string' } }, operands: true });
const programs = namedPrograms(USAGE, positionals);
runTool([process.execPath, join(ROOT, 'scripts/bundle.ts'), ...programs.map(({ name }) => name)]);
if (values.files === undefined) buildImages();
else for (const program of programs) makeProgramFiles(join(values.files, program.name), program);

function buildImages(): void {
  const folder = mkdtempSync(join(tmpdir(), 'castai-image-'));
  try {
    const runtimeRoot = join(folder, 'runtime');
    mkdirSync(runtimeRoot, { mode: 0o755 });
    const runtime = { layer: join(folder, 'runtime.tar'), packages: makeRuntimeFiles(runtimeRoot) };
    packLayer(runtimeRoot, runtime.layer);
    builtImages().writeBase(BASE, {
      file: runtime.layer,
      content: `node ${process.versions.node} and the libraries it needs`,
    });
    const npm = JSON.parse(runTool(['npm', 'sbom', '--sbom-format=cyclonedx', '--prefix', ROOT])) as NpmSbom;
    for (const program of programs) {
      const root = join(folder, program.name);
      buildImage(program, root, runtime);
      writeSbom(program, npm, runtime.packages);
    }
    builtImages().remove(BASE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What all images have in common. */
interface Runtime {
  readonly layer: string;
  readonly packages: readonly SystemPackage[];
}

function buildImage(program: ShippedProgram, root: string, runtime: Runtime): void {
  const config = imageConfig(program, version);
  unpackLayer(runtime.layer, root);
  makeProgramFiles(root, program);
  const [app = '', cache = ''] = [IMAGE_PATHS.program, IMAGE_PATHS.compileCache].map((path) => path.slice(1));
  packLayer(root, `${root}-program.tar`, [app]);
  const layers = [{ file: `${root}-program.tar`, content: `bundle of ${program.name} ${version}` }];
  if (canEnterRoots()) {
    makeCompileCache(root, config);
    packLayer(root, `${root}-cache.tar`, [cache]);
    layers.push({ file: `${root}-cache.tar`, content: 'code that V8 compiled of it' });
  } else console.warn(`${program.name}: without compile cache, because only root with the right to mount can make one`);
  const images = builtImages();
  images.write(program.name, config, { base: BASE, layers });
  rmSync(root, { recursive: true });
  const bytes = images.manifest(program.name).layers.map(({ size }) => size);
  const shown = bytes.map((size) => `${(size / 1024 / 1024).toFixed(1)} MiB`).join(' + ');
  console.log(`dist/images/oci:${program.name}  ${shown} compressed (node, bundle, compile cache)`);
}

function writeSbom(program: ShippedProgram, npm: NpmSbom, packages: readonly SystemPackage[]): void {
  const content = {
    name: `castai-${program.name}`,
    version,
    bundled: bundledPackages(readMetafile(program)),
    systemPackages: packages,
    nodeVersion: process.versions.node,
  };
  const file = sbomOf(program);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(imageSbom(content, npm), undefined, 2)}\n`);
  console.log(`dist/images/${program.name}.cdx.json`);
}
