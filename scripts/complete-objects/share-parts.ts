import type { FieldTree } from './field-tree.ts';

/** Trees in which a part that many have stands as `@name`, and those parts. */
export interface SharedTrees {
  readonly parts: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, unknown>>;
}

/** Below it a part is written where it is: a reference would be no shorter. */
const SMALLEST_PART = 150;

/** Takes out every part that stands in several places, so that the specification of a pod is written once, and reviewed once. */
export function shareParts(trees: Readonly<Record<string, FieldTree>>): SharedTrees {
  const seen = new Map<string, { count: number; name: string }>();
  for (const tree of Object.values(trees)) count(tree, '', seen);
  const parts: Record<string, unknown> = {};
  const names = new Map<string, string>();
  const write = (tree: FieldTree): unknown => {
    if (typeof tree === 'string') return tree;
    const text = JSON.stringify(tree);
    const found = seen.get(text);
    if (found === undefined || found.count < 2 || text.length < SMALLEST_PART) return inner(tree, write);
    let name = names.get(text);
    if (name === undefined) {
      const taken = [...names.values()].filter((other) => other.replace(/\d+$/u, '') === found.name).length;
      name = `${found.name}${taken === 0 ? '' : taken + 1}`;
      names.set(text, name);
      parts[name] = inner(tree, write);
    }
    return `@${name}`;
  };
  const kinds = Object.fromEntries(Object.entries(trees).map(([kind, tree]) => [kind, inner(tree, write)]));
  return { parts: Object.fromEntries(Object.entries(parts).toSorted(([a], [b]) => (a < b ? -1 : 1))), kinds };
}

function inner(tree: FieldTree, write: (tree: FieldTree) => unknown): unknown {
  if (typeof tree === 'string') return tree;
  if (isList(tree)) return [write(tree[0])];
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, write(child)]));
}

const isList = (tree: Exclude<FieldTree, string>): tree is readonly [FieldTree] => Array.isArray(tree);

function count(tree: FieldTree, name: string, seen: Map<string, { count: number; name: string }>): void {
  if (typeof tree === 'string') return;
  const text = JSON.stringify(tree);
  const before = seen.get(text);
  seen.set(text, { count: (before?.count ?? 0) + 1, name: before?.name ?? name });
  if (before !== undefined) return;
  if (isList(tree)) count(tree[0], name, seen);
  else for (const [key, child] of Object.entries(tree)) count(child, key === '*' ? name : key, seen);
}
