import type { ChaosKind, HistoryEntry } from './history.ts';

type Asked = Extract<HistoryEntry, { type: 'asked' }>;
type Write = Extract<HistoryEntry, { type: 'write' }>;

/**
 * What a history shows that must not be, in words; empty when the promises were kept: every action is told of, and always the same; each effect
 * happened at most once, on an object that was meant; and what was told to be done had been done by then. Pure: it needs nothing but the history.
 */
export function checkControllerHistory(history: readonly HistoryEntry[]): string[] {
  return history.filter((entry) => entry.type === 'asked').flatMap((asked) => checkAction(asked, history));
}

function checkAction(asked: Asked, history: readonly HistoryEntry[]): string[] {
  const { id, kind, meant } = asked;
  const acks = history.flatMap((entry, index) =>
    entry.type === 'ack' && entry.id === id ? [{ ...entry, index }] : [],
  );
  const writes = history.filter((entry): entry is Write => entry.type === 'write' && entry.id === id && entry.isTaken);
  const told = new Set(acks.map(({ error }) => error));
  const [first] = acks;
  const say = (words: string): string => `${kind} ${id}: ${words}`;
  const found: string[] = [];
  if (first === undefined) found.push(say('nobody was told'));
  if (told.size > 1) found.push(say(`told in ${told.size} ways: ${[...told].join(' | ')}`));
  const isConditional = kind !== 'createEvent';
  if (isConditional && writes.some(({ uid }) => uid === '')) found.push(say('a write was on no condition'));
  const strangers = writes.filter(({ uid }) => uid !== '' && !meant.includes(uid));
  if (strangers.length > 0)
    found.push(say(`it hit ${strangers.map(({ uid }) => uid).join(', ')}, which was not meant`));
  const most = MOST_EFFECTS[kind];
  if (most !== undefined && writes.length > most) found.push(say(`it was done ${writes.length} times`));
  if (first?.error === null && !isDone(asked, history.slice(0, first.index)))
    found.push(say('told to be done, and was not'));
  return found;
}

/** Those whose second time would be another effect. The others are on condition of a uid, or say the same again. */
const MOST_EFFECTS: Partial<Readonly<Record<ChaosKind, number>>> = { deleteNode: 1, createEvent: 1, append: 1 };

/** Whether what was asked for was the case at the end of `history`. */
function isDone({ id, kind, meant }: Asked, history: readonly HistoryEntry[]): boolean {
  const taken = history.filter((entry): entry is Write => entry.type === 'write' && entry.id === id && entry.isTaken);
  const gone = new Set(history.flatMap((entry) => (entry.type === 'gone' ? [entry.uid] : [])));
  switch (kind) {
    case 'evictPod':
    case 'drainNode':
      // Of a drain the first is the node itself: one that is gone needs no drain.
      return (
        meant.every((uid, index) => (kind === 'drainNode' && index === 0) || gone.has(uid)) ||
        isNodeGone(kind, meant, gone)
      );
    case 'deleteNode':
    case 'patchNode':
      return taken.length > 0 || meant.every((uid) => gone.has(uid));
    case 'createEvent':
    case 'append':
      return taken.length > 0;
  }
}

function isNodeGone(kind: ChaosKind, [node = '']: readonly string[], gone: ReadonlySet<string>): boolean {
  return kind === 'drainNode' && gone.has(node);
}
