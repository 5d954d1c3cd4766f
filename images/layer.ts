import { mkdirSync } from 'node:fs';
import { runTool } from './run-tool.ts';

/**
 * Packs everything below `root`, or only the folders named, into a tar file that depends on nothing but names, contents and modes:
 * sorted, of root, at the beginning of time.
 */
export function packLayer(root: string, target: string, folders: readonly string[] = ['.']): void {
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  runTool(['tar', '--create', '--file', target, '--directory', root, ...reproducible, ...folders]);
}

/** Unpacks what `packLayer` packed into a new folder. */
export function unpackLayer(file: string, root: string): void {
  mkdirSync(root);
  runTool(['tar', '--extract', '--same-permissions', '--file', file, '--directory', root]);
}
