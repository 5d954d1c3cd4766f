import type { Entry, OfferTerms, Upsert } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

const upsert = (uid: string, resourceVersion = '1', size = 1000): Upsert => ({
  type: 'upsert',
  feedId: 1,
  uid,
  namespace: '',
  name: uid,
  resourceVersion,
  observedAtMs: 0,
  encoding: 'JSON',
  body: new Uint8Array(size),
});
const gone = (uid: string): Entry & { type: 'delete' } => ({
  type: 'delete',
  feedId: 1,
  uid,
  namespace: '',
  name: uid,
  resourceVersion: '70',
  observedAtMs: 0,
});
const nothing = (): void => {};
const BIG = 1 << 24;

/** `=a@1` offer, `+a@1` upsert, `-a`, `begin`, `end@rv#count`. */
const short = (entries: readonly Entry[]): string =>
  entries
    .map((entry) => {
      if (entry.type === 'offer') return `=${entry.uid}@${entry.resourceVersion}`;
      if (entry.type === 'upsert') return `+${entry.uid}@${entry.resourceVersion}`;
      if (entry.type === 'delete') return `-${entry.uid}`;
      if (entry.type === 'snapshotBegin') return entry.afresh === true ? 'begin afresh' : 'begin';
      if (entry.type === 'snapshotEnd') return `end@${entry.resourceVersion}#${String(entry.count)}`;
      return entry.type;
    })
    .join(' ');

const HELD: OfferTerms = { held: [{ feedId: 1, resourceVersion: '50' }] };

/** An outbox with a session whose platform holds feed 1, and with its snapshot begun; `confirm: false`: the version is not known yet. */
function begun({
  terms = HELD,
  listed = '60',
  confirm = true,
}: { terms?: OfferTerms; listed?: string; confirm?: boolean } = {}) {
  const asked: number[] = [];
  const demoted: number[] = [];
  let waiting = 0;
  const outbox = new Outbox({
    limitBytes: BIG,
    onDemoted: (feedId) => demoted.push(feedId),
    onWaiting: () => (waiting += 1),
    onMayOffer: (feedId) => {
      asked.push(feedId);
      if (confirm) outbox.confirmOffers(feedId);
    },
  });
  outbox.adoptOffers(terms);
  list(outbox, listed);
  return { outbox, asked, demoted, told: () => waiting };
}

function list(outbox: Outbox, listed: string): void {
  outbox.startFeed(1, listed, false);
  outbox.beginSnapshot(1);
}

const page = (outbox: Outbox, ...uids: string[]): void =>
  outbox.addPage(
    1,
    uids.map((uid) => upsert(uid)),
    nothing,
  );
const cut = (outbox: Outbox): readonly Entry[] => outbox.cut(BIG).entries;

describe('a snapshot of what the platform may have', () => {
  it('is offered, and ends once that is answered, with the number of what marked', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    outbox.endSnapshot(1);
    const first = cut(outbox);
    expect(short(first)).toBe('begin =a@1 =b@1');
    expect(short(cut(outbox))).toBe('');
    expect(outbox.offersAnswered(first, [])).toMatchObject([{ uid: 'a' }, { uid: 'b' }]);
    expect(short(cut(outbox))).toBe('end@60#2');
    expect([outbox.pendingBytes, outbox.pendingCount]).toEqual([0, 0]);
  });

  it('brings what is wanted before its end, as it was listed', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b', 'c');
    outbox.endSnapshot(1);
    const first = cut(outbox);
    expect(outbox.offersAnswered(first, [2])).toMatchObject([{ uid: 'a' }, { uid: 'c' }]);
    expect(outbox.pendingCount).toBe(2);
    expect(short(cut(outbox))).toBe('+b@1 end@60#3');
  });

  it('does not send what is wanted once more when something newer goes out, before the answer or after it', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b', 'c', 'd');
    outbox.endSnapshot(1);
    const first = cut(outbox);
    outbox.change(upsert('a', '65'));
    outbox.change(gone('b'));
    outbox.offersAnswered(first, [1, 2, 3]);
    outbox.change(upsert('c', '66'));
    // d marked; a and c count as the changes that they are.
    expect(short(cut(outbox))).toBe('+a@65 -b +c@66 end@66#3');
    expect(outbox.pendingBytes).toBe(0);
  });

  it('does not send what is wanted of a page that was read again', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    const first = cut(outbox);
    outbox.offersAnswered(first, [1]);
    outbox.addPage(1, [upsert('a', '59')], nothing);
    outbox.endSnapshot(1);
    const second = cut(outbox);
    expect(short(second)).toBe('=a@59');
    outbox.offersAnswered(second, [0]);
    expect(short(cut(outbox))).toBe('+a@59 end@60#2');
  });

  it('counts what was offered as waiting, until the answer', () => {
    const { outbox } = begun();
    page(outbox, 'a');
    const before = outbox.pendingBytes;
    const first = cut(outbox);
    expect(before - outbox.pendingBytes).toBeLessThan(400);
    expect(outbox.pendingBytes).toBeGreaterThan(1000);
    outbox.offersAnswered(first, []);
    expect(outbox.pendingBytes).toBe(0);
  });

  it('reads no further pages while a window of what was offered waits for its answer', () => {
    const { outbox } = begun();
    const uids = Array.from({ length: 2800 }, (_, index) => `u${String(index)}`);
    let asks = 0;
    outbox.addPage(
      1,
      uids.map((uid) => upsert(uid)),
      () => (asks += 1),
    );
    const first = cut(outbox);
    expect([first.length, asks]).toEqual([2801, 0]);
    outbox.offersAnswered(first, []);
    expect(asks).toBe(1);
  });

  it('is sent as it is from the batch on of which most was wanted', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b', 'c');
    const first = cut(outbox);
    page(outbox, 'd');
    outbox.offersAnswered(first, [1, 2]);
    page(outbox, 'e');
    expect(short(cut(outbox))).toBe('+a@1 +b@1 +d@1 +e@1');
  });

  it('waits until the version of the API server is known, and changes beside it do not', async () => {
    const { outbox, asked, told } = begun({ confirm: false });
    page(outbox, 'a');
    outbox.change(upsert('c', '65'));
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('begin +c@65');
    expect([short(cut(outbox)), asked]).toEqual(['', [1]]);
    const before = told();
    outbox.confirmOffers(1);
    await Promise.resolve();
    expect(told()).toBe(before + 1);
    expect(short(cut(outbox))).toBe('=a@1');
  });

  it.each([
    ['the version is not told', (outbox: Outbox) => outbox.declineOffers(1)],
    ['it is another one', (outbox: Outbox) => outbox.distrustOffers(1)],
  ])('is sent as it is when %s', async (_when, say) => {
    const { outbox, told } = begun({ confirm: false });
    page(outbox, 'a');
    cut(outbox);
    const before = told();
    say(outbox);
    await Promise.resolve();
    expect(told()).toBe(before + 1);
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('+a@1 end@60#1');
  });

  it('is not offered any more by an answer that comes late, once it was found to be of another version', () => {
    const { outbox } = begun({ confirm: false });
    page(outbox, 'a');
    outbox.distrustOffers(1);
    outbox.confirmOffers(1);
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('begin +a@1 end@60#1');
  });

  it('ends after all that is wanted, however many batches that takes, and changes do not wait for it', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b', 'c', 'd');
    outbox.endSnapshot(1);
    const first = cut(outbox);
    outbox.offersAnswered(first, [1, 2, 3, 4]);
    outbox.change(upsert('x', '65'));
    const small = (): string => short(outbox.cut(2500).entries);
    expect([small(), small(), small()]).toEqual(['+a@1 +x@65', '+b@1 +c@1', '+d@1 end@65#5']);
  });

  it('leaves the quarter of a batch that is for snapshots to what is wanted first, and changes the rest', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    const first = cut(outbox);
    outbox.offersAnswered(first, [1, 2]);
    page(outbox, 'c', 'd');
    outbox.change(upsert('x', '65'));
    expect(short(outbox.cut(10_000).entries)).toBe('+a@1 +b@1 +x@65 +c@1 +d@1');
  });

  it('that is given up takes what was wanted of it along', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    outbox.offersAnswered(cut(outbox), [1, 2]);
    expect(outbox.pendingCount).toBe(2);
    outbox.abortSnapshot(1, 'KUBE_EXPIRED');
    expect(short(cut(outbox))).toBe('snapshotAbort');
    expect([outbox.pendingCount, outbox.pendingBytes]).toEqual([0, 0]);
  });

  it('is sent as it is where nobody asks for the version', () => {
    const outbox = new Outbox({ limitBytes: BIG, onDemoted: nothing, onWaiting: nothing });
    outbox.adoptOffers(HELD);
    list(outbox, '60');
    page(outbox, 'a');
    expect(short(cut(outbox))).toBe('begin +a@1');
  });

  it('that was given up leaves nothing behind, and its late answers count for none that comes after', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    const first = cut(outbox);
    outbox.abortSnapshot(1, 'KUBE_EXPIRED');
    expect(outbox.pendingBytes).toBeLessThan(400);
    list(outbox, '61');
    page(outbox, 'a');
    expect(outbox.offersAnswered(first, [1, 2])).toEqual([]);
    outbox.endSnapshot(1);
    const second = cut(outbox);
    expect(short(second)).toBe('snapshotAbort begin =a@1');
    outbox.offersAnswered(second, []);
    expect(short(cut(outbox))).toBe('end@61#1');
  });

  it('that a refusal withdraws brings its objects, and offers no more', () => {
    const { outbox } = begun();
    page(outbox, 'a', 'b');
    const first = cut(outbox);
    page(outbox, 'c');
    outbox.withdrawOffers(first.filter((entry) => entry.type === 'offer'));
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('+a@1 +b@1 +c@1 end@60#3');
  });
});

describe('what may be offered', () => {
  it('is nothing in a session whose platform does not say so, and nothing of before in the next one', () => {
    const { outbox } = begun();
    outbox.clear();
    outbox.adoptOffers(undefined);
    list(outbox, '60');
    page(outbox, 'a');
    expect(short(cut(outbox))).toBe('begin +a@1');
  });

  it('is also what a snapshot of this session has brought', () => {
    const { outbox } = begun({ terms: { held: [] } });
    page(outbox, 'a');
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('begin +a@1 end@60#1');
    list(outbox, '80');
    page(outbox, 'a');
    // The end was not received: nobody knows whether it was taken.
    expect(short(cut(outbox))).toBe('begin +a@1');
    outbox.endReceived(1);
    outbox.abortSnapshot(1, 'KUBE_EXPIRED');
    list(outbox, '81');
    page(outbox, 'a');
    expect(short(cut(outbox))).toBe('snapshotAbort begin =a@1');
  });

  it('is nothing of a list that lies before what was heard or seen of the feed: that history was rewound', () => {
    expect(short(cut(begun({ listed: '49' }).outbox))).toBe('begin afresh');
    const { outbox } = begun();
    outbox.advance(1, '90');
    list(outbox, '80');
    expect(short(cut(outbox))).toBe('begin afresh');
    // It stays so until one was received to its end.
    list(outbox, '81');
    page(outbox, 'a');
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('snapshotAbort begin afresh +a@1 end@81#1');
    outbox.endReceived(1);
    list(outbox, '82');
    page(outbox, 'a');
    expect(short(cut(outbox))).toBe('begin =a@1');
  });

  it('is nothing while a feed is distrusted, in any session, until a snapshot was begun and received after that', () => {
    const { outbox } = begun();
    page(outbox, 'a');
    outbox.distrustOffers(1);
    outbox.endSnapshot(1);
    expect(short(cut(outbox))).toBe('begin +a@1 end@60#1');
    outbox.endReceived(1);
    outbox.clear();
    outbox.adoptOffers(HELD);
    list(outbox, '70');
    expect(short(cut(outbox))).toBe('begin afresh');
    outbox.endSnapshot(1);
    cut(outbox);
    outbox.endReceived(1);
    list(outbox, '71');
    expect(short(cut(outbox))).toBe('begin');
  });
});
