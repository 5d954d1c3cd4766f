import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { IMAGE_PATHS } from './image-config.ts';
import { runTool } from './run-tool.ts';
import { sharedLibraries } from './shared-libraries.ts';
import { type SystemPackage, systemPackages } from './system-packages.ts';

/** Users as distroless has them. */
const PASSWD = [
  'root:x:0:0:root:/root:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
  'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
];
const GROUP = ['root:x:0:', 'nobody:x:65534:', 'nonroot:x:65532:'];
/** Mount points that a container runtime fills, and folders that programs expect. */
const FOLDERS = ['dev', 'home/nonroot', 'proc', 'root', 'sys', 'var/run'];

/**
 * Makes the part of a root file system that all images share below `root`: Node, which is the one that runs this, the libraries
 * that it is linked to, certificates and users. Gives the packages of Debian that the libraries are from.
 */
export function makeRuntimeFiles(root: string): SystemPackage[] {
  const node = realpathSync(process.execPath);
  const { loader, libraries } = sharedLibraries(node);
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  place(node, join(root, IMAGE_PATHS.node), 0o755);
  // Symbols of functions are a sixth of the file. Exported ones, which add-ons would need, stay.
  runTool(['strip', '--strip-all', join(root, IMAGE_PATHS.node)], 'install binutils');
  // Only the loader must keep its mode: the libraries are read, not run.
  place(loader, join(root, loader), 0o755);
  for (const library of libraries) place(library, join(root, library), 0o644);
  write(root, 'etc/passwd', PASSWD);
  write(root, 'etc/group', GROUP);
  write(root, 'etc/nsswitch.conf', ['hosts: files dns']);
  const licence = join(dirname(node), '../LICENSE');
  place(licence, join(root, dirname(IMAGE_PATHS.node), '../LICENSE'), 0o644);
  // Those that Node trusts anyway: this machine's may be old, or none.
  write(root, 'etc/ssl/certs/ca-certificates.crt', rootCertificates);
  const packages = systemPackages([loader, ...libraries]);
  for (const { name } of packages) {
    const copyright = `/usr/share/doc/${name}/copyright`;
    place(copyright, join(root, copyright), 0o644);
  }
  return packages;
}

function place(source: string, target: string, mode: number): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(source), target);
  chmodSync(target, mode);
}

function write(root: string, path: string, lines: readonly string[]): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o644 });
}
