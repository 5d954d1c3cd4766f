import type { CarriedOutWrite } from '../../fakes/kube-apiserver/write-witness.ts';
import type { HistoryEntry } from './history.ts';

type Write = Extract<HistoryEntry, { type: 'write' }>;

/**
 * Of which of the actions a write is that the API server has carried out, and what it did. Undefined: of none of them, as with records and the
 * controllers' own events. Each action has objects of its own that are named after it, or names itself in what it writes.
 */
export function readWrite(write: CarriedOutWrite, ids: readonly string[]): Write | undefined {
  const { verb, path, body, before, after, isChange } = write;
  if (path.includes('castai-cluster-controller')) return undefined;
  const text = JSON.stringify(body);
  const isOfEvent = path.endsWith('/events');
  if (isOfEvent && !text.includes('"Chaos"')) return undefined;
  const name = (before ?? after)?.metadata.name ?? '';
  const id = ids.find((one) => one === name || name.startsWith(`${one}.`) || text.includes(`"${one}"`));
  if (id === undefined) return undefined;
  return {
    type: 'write',
    id,
    verb: path.endsWith('/eviction') ? 'evict' : verbOf(verb),
    uid: (before ?? after)?.metadata.uid ?? '',
    condition: conditionIn(text),
    effect: effectOf(after === undefined || after.metadata.uid !== (before ?? after).metadata.uid, isChange),
  };
}

function effectOf(isGone: boolean, isChange: boolean): Write['effect'] {
  if (isGone) return 'gone';
  return isChange ? 'changed' : 'none';
}

function verbOf(verb: string): Write['verb'] {
  if (verb === 'create' || verb === 'delete' || verb === 'patch') return verb;
  throw new Error(`no controller does ${verb}`);
}

/** Which uid a deletion has among its preconditions, or a JSON patch tests. */
function conditionIn(text: string): string {
  return (
    /"preconditions":\{"uid":"([^"]+)"/u.exec(text)?.[1] ??
    /"path":"\/metadata\/uid","value":"([^"]+)"/u.exec(text)?.[1] ??
    ''
  );
}
