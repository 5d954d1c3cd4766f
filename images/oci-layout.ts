import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageConfig } from './image-config.ts';
import { runTool } from './run-tool.ts';

/** One layer of an image: an uncompressed tar file, and what it is. */
export interface Layer {
  readonly file: string;
  readonly content: string;
}

/** An image as its manifest describes it. */
export interface ImageManifest {
  readonly config: { readonly digest: string };
  /** Sizes in bytes, compressed. */
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** The same at each build, or the digest of an image that nothing has changed in would change. */
const CREATED = '1970-01-01T00:00:00Z';
const HINT = 'images are built by umoci: sudo apt-get install umoci';

/** A folder of images in the format of the OCI, one tag per image; what two have in common is there once. */
export class OciLayout {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes an image without a configuration, for others to begin with. Throws an Error without umoci. */
  writeBase(tag: string, layer: Layer): void {
    if (!existsSync(join(this.#folder, 'index.json'))) {
      rmSync(this.#folder, { recursive: true, force: true });
      mkdirSync(dirname(this.#folder), { recursive: true });
      runTool(['umoci', 'init', '--layout', this.#folder], HINT);
    }
    this.remove(tag);
    runTool(['umoci', 'new', '--image', `${this.#folder}:${tag}`], HINT);
    this.#addLayer(tag, layer);
  }

  /** Makes an image, in place of one with this tag: the layer of the base, and these. */
  write(tag: string, config: ImageConfig, { base, layers }: { base: string; layers: readonly Layer[] }): void {
    this.remove(tag);
    runTool(['umoci', 'tag', '--image', `${this.#folder}:${base}`, tag]);
    for (const layer of layers) this.#addLayer(tag, layer);
    runTool(['umoci', 'config', '--image', `${this.#folder}:${tag}`, '--no-history', ...configArgs(config)]);
  }

  /** Removes an image, if there is one, and what no other one holds. */
  remove(tag: string): void {
    const tags = runTool(['umoci', 'ls', '--layout', this.#folder]).split('\n');
    if (tags.includes(tag)) runTool(['umoci', 'rm', '--image', `${this.#folder}:${tag}`]);
    runTool(['umoci', 'gc', '--layout', this.#folder]);
  }

  /** Makes a bundle for a container runtime in a new folder: `rootfs`, and `config.json` which says how the program starts. */
  unpack(tag: string, folder: string): void {
    const rootless = process.getuid?.() === 0 ? [] : ['--rootless'];
    runTool(['umoci', 'unpack', ...rootless, '--image', `${this.#folder}:${tag}`, folder], HINT);
  }

  manifest(tag: string): ImageManifest {
    const index = this.#readJson('index.json') as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    const found = index.manifests.find(({ annotations }) => annotations['org.opencontainers.image.ref.name'] === tag);
    if (found === undefined) throw new Error(`there is no image ${tag}`);
    return this.blob(found.digest) as ImageManifest;
  }

  /** A blob that is JSON: `sha256:…`. */
  blob(digest: string): unknown {
    return this.#readJson(join('blobs', ...digest.split(':')));
  }

  #addLayer(tag: string, { file, content }: Layer): void {
    const history = ['--history.created', CREATED, '--history.created_by', content];
    runTool(['umoci', 'raw', 'add-layer', '--image', `${this.#folder}:${tag}`, ...history, file]);
  }

  #readJson(path: string): unknown {
    return JSON.parse(readFileSync(join(this.#folder, path), 'utf8'));
  }
}

function configArgs({ user, workingDir, entrypoint, environment, labels }: ImageConfig): string[] {
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = ['--created', CREATED, '--os', 'linux', '--architecture', architecture];
  return [
    ...platform,
    '--config.user',
    user,
    '--config.workingdir',
    workingDir,
    ...entrypoint.flatMap((word) => ['--config.entrypoint', word]),
    ...pairs('--config.env', environment),
    ...pairs('--config.label', labels),
  ];
}
