import type { ChaosKind, HistoryEntry } from './history.ts';

type Asked = Extract<HistoryEntry, { type: 'asked' }>;
type Write = Extract<HistoryEntry, { type: 'write' }>;
type Ack = Extract<HistoryEntry, { type: 'ack' }>;

/**
 * What a history shows that must not be, in words; empty when the promises were kept: every action is told of, and always the same; each effect
 * happened at most once, on an object that was meant and on condition of its uid; what was told to be done had been done by then, by what the
 * server had carried out and by what the cluster was; and what was told not to be done has a reason among those that such a run has. Pure: it
 * needs nothing but the history, and believes nothing that a controller says of itself.
 */
export function checkControllerHistory(history: readonly HistoryEntry[]): string[] {
  return history.filter((entry) => entry.type === 'asked').flatMap((asked) => checkAction(asked, history));
}

function checkAction(asked: Asked, history: readonly HistoryEntry[]): string[] {
  const { id, kind } = asked;
  const writes = history.filter((entry): entry is Write => entry.type === 'write' && entry.id === id);
  const acks = history.filter((entry): entry is Ack => entry.type === 'ack' && entry.id === id);
  const first = acks[0];
  const told = new Set(acks.map(({ error }) => error));
  const found = [...checkWrites(asked, writes)];
  if (first === undefined) found.push('nobody was told');
  else found.push(...checkTold(asked, first, history.slice(0, history.indexOf(first))));
  if (told.size > 1) found.push(`told in ${told.size} ways: ${[...told].join(' | ')}`);
  return found.map((words) => `${kind} ${id}: ${words}`);
}

function* checkWrites({ kind, meant }: Asked, writes: readonly Write[]): Generator<string> {
  // Whoever makes something new has nothing to make a condition of: its name is that of the action.
  const isConditional = kind !== 'createEvent';
  if (isConditional && writes.some(({ condition }) => condition === '')) yield 'a write was on no condition';
  const strangers = new Set(writes.map(({ uid }) => uid).filter((uid) => isConditional && !meant.includes(uid)));
  if (strangers.size > 0) yield `it hit ${[...strangers].join(', ')}, which was not meant`;
  const effects = new Map<string, number>();
  for (const { verb, uid, effect } of writes) {
    const what = isConditional ? `${verb} of ${uid}` : verb;
    if (effect !== 'none') effects.set(what, (effects.get(what) ?? 0) + 1);
  }
  for (const [what, count] of effects) if (count > 1) yield `${what} had an effect ${count} times`;
}

function* checkTold(
  { id, kind, meant }: Asked,
  { error, isSo }: Ack,
  before: readonly HistoryEntry[],
): Generator<string> {
  const writes = before.filter((entry): entry is Write => entry.type === 'write' && entry.id === id);
  const gone = new Set(before.flatMap((entry) => (isEnd(entry) ? [entry.uid] : [])));
  if (error === null) {
    if (!isSo || !isDone({ kind, meant }, { writes, gone })) yield 'told to be done, and was not';
  } else if (!REASONS[kind].some((reason) => error.startsWith(reason))) {
    yield `told ${error}, for which there is no reason`;
  } else if (error.startsWith('mismatch') && !meant.every((uid) => gone.has(uid))) {
    yield `told ${error}, and it was the machine that was meant`;
  }
}

/** What may be told but that it was done: no time is up in such a run, nothing is forbidden and nobody is away for long. */
const REASONS: Readonly<Record<ChaosKind, readonly string[]>> = {
  evictPod: [],
  drainNode: [],
  deleteNode: [],
  patchNode: ['mismatch: '],
  createEvent: [],
  append: ['internal: it was begun before', 'unavailable: whether it was done cannot be told'],
};

function isEnd(entry: HistoryEntry): entry is Extract<HistoryEntry, { type: 'gone' | 'write' }> {
  return entry.type === 'gone' || (entry.type === 'write' && entry.effect === 'gone');
}

/** Whether what was asked for had been done, by what the server had carried out and who had gone by himself. */
function isDone(
  { kind, meant }: Pick<Asked, 'kind' | 'meant'>,
  { writes, gone }: { readonly writes: readonly Write[]; readonly gone: ReadonlySet<string> },
): boolean {
  const [node = '', ...others] = meant;
  switch (kind) {
    case 'evictPod':
    case 'deleteNode':
      return meant.every((uid) => gone.has(uid));
    case 'drainNode':
      // A node that is gone needs no drain.
      return gone.has(node) || others.every((uid) => gone.has(uid));
    case 'patchNode':
      return gone.has(node) || writes.some(({ effect }) => effect === 'changed');
    case 'createEvent':
    case 'append':
      return writes.some(({ effect }) => effect === 'changed');
  }
}
