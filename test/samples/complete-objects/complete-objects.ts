/**
 * Objects with every field that their kind has, for tests that must overlook none. The fields are facts of Kubernetes and of operators,
 * written down by `npm run complete-objects`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An object of a kind in one version. */
export interface CompleteObject {
  /** As `apps/v1`. */
  readonly groupVersion: string;
  readonly kind: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** The one key of every map whose keys are free. */
const FREE_KEY = 'freeKey';

interface Facts {
  /** The version of `k8s.io/api` whose examples they are. */
  readonly kubernetes: string;
  readonly parts: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, unknown>>;
}

const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'complete-objects.json'), 'utf8')) as Facts;

/** All of them. Texts are the name of their field and `Value`, numbers 3, quantities 7. */
export function completeObjects(): CompleteObject[] {
  return Object.entries(facts.kinds).map(([name, tree]) => {
    const [groupVersion = '', kind = ''] = name.split(' ');
    return { groupVersion, kind, object: fill(tree, '') as Record<string, unknown> };
  });
}

function fill(tree: unknown, name: string): unknown {
  if (typeof tree === 'string') return tree.startsWith('@') ? fill(facts.parts[tree.slice(1)], name) : leaf(tree, name);
  if (Array.isArray(tree)) return [fill(tree[0], name)];
  return Object.fromEntries(
    Object.entries(tree as Record<string, unknown>).map(([key, child]) => [
      key === '*' ? FREE_KEY : key,
      fill(child, key === '*' ? name : key),
    ]),
  );
}

function leaf(type: string, name: string): unknown {
  switch (type) {
    case 'number':
      return 3;
    case 'boolean':
      return true;
    case 'quantity':
      return '7';
    case 'time':
      return '2004-01-01T01:01:01Z';
    case 'any':
      return { [FREE_KEY]: `${name}Value` };
    default:
      return `${name}Value`;
  }
}
