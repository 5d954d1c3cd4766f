import { posix } from 'node:path';

/** Where a file of the repository lies. */
export interface Place {
  /** Folder at the top: `agent`, `shared`, `test`, `scripts`; empty for files of the root. */
  readonly top: string;
  /** `src` or `testing` of a workspace, or a room of test/; empty for what lies beside them. */
  readonly part: string;
  /** Room below `src`: `watch`; empty for files that lie in no room. */
  readonly room: string;
  readonly isTest: boolean;
  /** Path from the root of the repository. */
  readonly path: string;
}

/** Where an import leads. */
export type Target =
  | { readonly kind: 'file'; readonly place: Place; readonly way: 'relative' | 'package' }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'outside' };

const OURS = /^@castai\/(?<workspace>[^/]+)\/(?<rest>.+)$/u;
const PACKAGE = /^(?<name>(?:@[^/]+\/)?[^/]+)/u;

/** The place of a path from the root of the repository. */
export function placeOf(path: string): Place {
  const folders = path.split('/').slice(0, -1);
  const [top = '', part = ''] = folders;
  const room = part === 'src' ? (folders[2] ?? '') : '';
  return { top, part, room, isTest: path.endsWith('.test.ts'), path };
}

/** Where an import of a file leads; `from` as a path from the root of the repository. Looks at no disk. */
export function targetOf(from: string, specifier: string): Target {
  if (specifier.startsWith('node:')) return { kind: 'builtin', name: specifier };
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(from), specifier);
    if (path.startsWith('..')) return { kind: 'outside' };
    return { kind: 'file', place: placeOf(path), way: 'relative' };
  }
  const ours = OURS.exec(specifier)?.groups;
  if (ours !== undefined) {
    return { kind: 'file', place: placeOf(fileOfPackage(ours['workspace'] ?? '', ours['rest'] ?? '')), way: 'package' };
  }
  return { kind: 'package', name: PACKAGE.exec(specifier)?.groups?.['name'] ?? specifier };
}

/** What the `exports` of our package.json files say. */
function fileOfPackage(workspace: string, rest: string): string {
  if (workspace === 'test' || (workspace === 'shared' && rest.startsWith('testing/'))) return `${workspace}/${rest}`;
  return `${workspace}/src/${rest}`;
}
