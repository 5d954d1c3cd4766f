import { readPackage } from './read-package.ts';
import type { SystemPackage } from './system-packages.ts';

/** A component as CycloneDX 1.5 has it; of what npm gives, everything is kept. */
export interface SbomComponent {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly unknown[];
  readonly [key: string]: unknown;
}

/** The part of `npm sbom --sbom-format=cyclonedx` that is used. */
export interface NpmSbom {
  readonly components: readonly SbomComponent[];
}

/** What an image holds. */
export interface ImageContent {
  /** Name and version of the image. */
  readonly name: string;
  readonly version: string;
  /** Paths of the packages in the bundle, as `bundledPackages` gives them. */
  readonly bundled: readonly string[];
  readonly systemPackages: readonly SystemPackage[];
  readonly nodeVersion: string;
}

/**
 * The software in an image as a CycloneDX document: what the bundler took, out of all that npm knows, then Node and the packages of
 * Debian. Without time and serial number, so that the same image has the same document. Throws an Error for a bundled package
 * that npm does not know.
 */
export function imageSbom(content: ImageContent, npm: NpmSbom): object {
  const { name, version, bundled } = content;
  const known = new Map(npm.components.map((component) => [component.purl, component]));
  const libraries = bundled.map((path) => {
    const { name: library, version: libraryVersion } = readPackage(path);
    const purl = `pkg:npm/${library.replace('@', '%40')}@${libraryVersion}`;
    const component = known.get(purl);
    if (component === undefined) throw new Error(`npm sbom does not list ${purl}`);
    return component;
  });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'container', name, version } },
    components: [...libraries, nodeComponent(content.nodeVersion), ...content.systemPackages.map(systemComponent)],
  };
}

function nodeComponent(version: string): SbomComponent {
  // With V8, OpenSSL, ICU, libuv and others inside; its LICENSE in the image names them all.
  return {
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}

function systemComponent({ name, version, architecture }: SystemPackage): SbomComponent {
  return {
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
    licenses: [{ license: { name: `/usr/share/doc/${name}/copyright` } }],
  };
}
