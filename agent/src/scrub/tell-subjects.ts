import { isRecord, type JsonObject } from '@castai/shared/kube/kube-object.ts';

/** The longest name of an object in Kubernetes. */
const MAX_NAME_LENGTH = 253;
/** Those whose names are people's and groups' of a directory. */
const NAMED_KINDS: readonly unknown[] = ['User', 'Group'];

/**
 * To whom a role is bound: service accounts by name, since they are objects of the cluster, and of all others how many there are of
 * each kind. Names of users and groups are addresses of people, roles of a cloud, ids of a directory. Undefined if it is no list.
 */
export function tellSubjects(value: unknown): JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const accounts: JsonObject[] = [];
  const counts = new Map<string, number>();
  for (const subject of value) {
    if (!isRecord(subject)) continue;
    const { kind, name, namespace } = subject;
    if (kind === 'ServiceAccount' && isName(name)) {
      accounts.push({ kind, name, ...(isName(namespace) ? { namespace } : {}) });
      continue;
    }
    const told = typeof kind === 'string' && NAMED_KINDS.includes(kind) ? kind : 'other';
    counts.set(told, (counts.get(told) ?? 0) + 1);
  }
  return [...accounts, ...[...counts].toSorted(byKind).map(([kind, count]) => ({ kind, count }))];
}

/** Equal sets of subjects are to give equal bytes. */
const byKind = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : 1);

/**
 * A service account's name is that of an object, and such a name has none of the characters that an address of a person has; a name
 * that only pretends to be one is counted.
 */
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_NAME_LENGTH && NAME.test(value);
