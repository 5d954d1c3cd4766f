import inspector from 'node:inspector';

/** Opens a door to everything in memory, the key among it; on the spot handler's node it is the node's own address. */
const OPENS_INSPECTOR = /^--inspect(?:-brk|-port|-wait)?$/u;

/** What shuts Node's inspector. */
export interface InspectorDoor {
  url(): string | undefined;
  close(): void;
}

/**
 * What is to be said of `NODE_OPTIONS`, which none of our images and charts sets: a mutating webhook does (tracing agents inject `--require`), and
 * Node has done by now what it says. An inspector that it has opened is shut again; what it has loaded stays, and is no part of
 * what memory limits reckon with. Values may be anything, so only names of options are given. One that a developer gives on the command line is meant.
 */
export function foreignNodeOptions(
  env: Readonly<Record<string, string | undefined>>,
  door: InspectorDoor = inspector,
): string | undefined {
  const names = (env['NODE_OPTIONS'] ?? '')
    .split(/\s+/u)
    .filter((word) => word.startsWith('-'))
    .map((word) => word.split('=', 1).join(''));
  if (names.length === 0) return undefined;
  const isShut = names.some((name) => OPENS_INSPECTOR.test(name)) && door.url() !== undefined;
  if (isShut) door.close();
  const said = `NODE_OPTIONS is set by somebody else, a mutating webhook perhaps: ${[...new Set(names)].join(', ')}`;
  return `${said}; ${isShut ? "Node's inspector was open and is shut; " : ''}exempt this pod from it, unless it is meant`;
}
