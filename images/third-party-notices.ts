import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPackage } from './read-package.ts';

const ROOT = join(import.meta.dirname, '..');
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/iu;
const RULE = '='.repeat(80);

/**
 * The licence texts of packages, given by their paths in the repository, as one text: most licences ask that they go with the code.
 * A package that brings no text is listed with the licence that it names. Our own workspaces are left out.
 */
export function thirdPartyNotices(paths: readonly string[]): string {
  return paths
    .filter((path) => path.includes('node_modules/'))
    .map((path) => {
      const { name, version, license } = readPackage(path);
      const files = readdirSync(join(ROOT, path)).filter((file) => LICENCE_FILE.test(file));
      const texts = files.sort().map((file) => readFileSync(join(ROOT, path, file), 'utf8').trim());
      return [RULE, `${name} ${version} (${license})`, RULE, '', ...texts, ''].join('\n');
    })
    .join('\n');
}
