import { expect, it } from 'vitest';
import { KubeError, type KubeErrorCode } from './kube-error.ts';
import { KubeLease } from './kube-lease.ts';
import type { LeaseRecord } from './lease-record.ts';

const never = new AbortController().signal;

/** What is read of a lease of which this stands in the spec. */
async function readOf(spec: object): Promise<LeaseRecord | undefined> {
  const lease = { metadata: { name: 'l', uid: 'u', resourceVersion: '1' }, spec };
  const unused = (): never => expect.unreachable();
  const kube = new KubeLease({
    client: { get: () => Promise.resolve(lease), patch: unused },
    namespace: 'n',
    name: 'l',
    program: 'castai-agent',
    clock: { now: () => 0 },
  });
  return kube.read(never);
}

it('counts as no transitions what the next holder could not count on from', async () => {
  const f = async (written: unknown, expected: number): Promise<void> => {
    expect([written, (await readOf({ leaseTransitions: written }))?.transitions]).toEqual([written, expected]);
  };
  await f(0, 0);
  await f(7, 7);
  await f(2_147_483_646, 2_147_483_646);
  await f(2_147_483_647, 0);
  await f(1e300, 0);
  await f(-1, 0);
  await f(1.5, 0);
  await f('7', 0);
  await f(undefined, 0);
});

it('tells for how long a holder wants to be believed, and nothing where that is no time or one for ever', async () => {
  const f = async (written: unknown, expected: number | undefined): Promise<void> => {
    expect([written, (await readOf({ leaseDurationSeconds: written }))?.durationMs]).toEqual([written, expected]);
  };
  await f(15, 15_000);
  await f(600, 600_000);
  await f(601, undefined);
  await f(0, undefined);
  await f(-5, undefined);
  await f(1.5, undefined);
  await f('15', undefined);
  await f(undefined, undefined);
});

it('tells a lease that somebody else was faster with from a namespace that is not there', async () => {
  const seen: LeaseRecord = { uid: 'u', resourceVersion: '1', holder: '', transitions: 0 };
  const f = async (code: KubeErrorCode, before: LeaseRecord | undefined): Promise<unknown> => {
    const fail = (): never => {
      throw new KubeError(code, 'as the server says', { status: 404 });
    };
    const lease = new KubeLease({
      client: { get: fail, patch: async () => fail() },
      namespace: 'nowhere',
      name: 'l',
      program: 'castai-agent',
      clock: { now: () => 0 },
    });
    const claim = { holder: 'me', transitions: 0, durationMs: 15_000, isNewHolder: true };
    return lease.write(before, claim, never).catch((error: unknown) => error);
  };
  expect(await f('KUBE_CONFLICT', undefined)).toBeUndefined();
  expect(await f('KUBE_CONFLICT', seen)).toBeUndefined();
  expect(await f('KUBE_NOT_FOUND', seen)).toBeUndefined();
  expect(await f('KUBE_NOT_FOUND', undefined)).toMatchObject({
    code: 'KUBE_NOT_FOUND',
    message: 'there is no namespace nowhere for the lease',
    hint: 'POD_NAMESPACE has to name a namespace that exists',
    status: 404,
  });
  expect(await f('KUBE_FORBIDDEN', seen)).toMatchObject({ code: 'KUBE_FORBIDDEN', message: 'as the server says' });
});

it('writes notes with the writes that are made anyway, each when it is news, and tells what the lease says', async () => {
  const KEY = 'castai-agent/deltas';
  const OTHER = 'castai-agent/identity';
  const bodies: unknown[] = [];
  const read: string[] = [];
  let stored: Record<string, string> = { [KEY]: 'of another' };
  let holder = 'them';
  const answer = (): Record<string, unknown> => ({
    metadata: { name: 'l', uid: 'u', resourceVersion: '1', annotations: stored },
    spec: { holderIdentity: holder },
  });
  const take = (body: unknown): Promise<Record<string, unknown>> => {
    const { metadata } = body as { metadata: { annotations?: Record<string, string | null> } };
    bodies.push(metadata.annotations);
    const all = Object.entries({ ...stored, ...metadata.annotations });
    stored = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
    return Promise.resolve(answer());
  };
  const noteOf = (key: string, text: string) => ({
    key,
    text,
    onRead: (said: string, whose: string) => void read.push(`${whose}, ${key}: ${said}`),
  });
  const note = noteOf(KEY, 'of another');
  const other = noteOf(OTHER, '');
  const lease = new KubeLease({
    client: {
      get: () => Promise.resolve(answer()),
      patch: async (_path, { body }) => ({ ...(await take(body)), spec: { holderIdentity: 'me' } }),
    },
    namespace: 'n',
    name: 'l',
    program: 'castai-agent',
    clock: { now: () => 0 },
    notes: [note, other],
  });
  const claim = { holder: 'me', transitions: 0, durationMs: 15_000, isNewHolder: false };
  const seen = await lease.read(never);
  await lease.write(seen, claim, never);
  note.text = 'mine';
  await lease.write(seen, claim, never);
  await lease.write(seen, claim, never);
  note.text = '';
  other.text = 'who we are';
  await lease.write(seen, claim, never);
  holder = 'me';
  await lease.read(never);
  note.text = 'of a new one';
  await lease.write(undefined, claim, never);
  expect(bodies).toEqual([
    undefined,
    { [KEY]: 'mine' },
    undefined,
    { [KEY]: null, [OTHER]: 'who we are' },
    // One that is made says nothing yet.
    { [KEY]: 'of a new one', [OTHER]: 'who we are' },
  ]);
  expect(read).toEqual([`them, ${KEY}: of another`, `them, ${OTHER}: `, `me, ${KEY}: `, `me, ${OTHER}: who we are`]);
});

it('is made by its name, each holder as a manager of its own that forces nothing: the second of two is in conflict', async () => {
  const asked: string[] = [];
  const lease = new KubeLease({
    client: {
      get: () => expect.unreachable(),
      patch: async (path, { contentType, body }) => {
        asked.push(`${path} ${contentType} ${JSON.stringify(body)}`);
        const { spec } = body as { spec: object };
        return { metadata: { name: 'l', uid: 'u', resourceVersion: '1' }, spec };
      },
    },
    namespace: 'n',
    name: 'l',
    program: 'castai-agent',
    clock: { now: () => 0 },
  });
  const write = (holder: string) =>
    lease.write(undefined, { holder, transitions: 0, durationMs: 15_000, isNewHolder: false }, never);
  await write('pod-1_a');
  await write(`${'x'.repeat(300)}_a`);
  const spec = `{"holderIdentity":"pod-1_a","leaseTransitions":0,"leaseDurationSeconds":15,"renewTime":"1970-01-01T00:00:00.000000Z"}`;
  const [first, second = ''] = asked;
  expect(first).toBe(
    `/apis/coordination.k8s.io/v1/namespaces/n/leases/l?fieldManager=castai-agent+pod-1_a application/apply-patch+yaml {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","labels":{"app.kubernetes.io/name":"castai-agent"}},"spec":${spec}}`,
  );
  // As long as the API server takes it, with the end that tells it from others.
  expect(/fieldManager=(\S+)/u.exec(second)?.[1]).toBe(`${'x'.repeat(126)}_a`);
});

it('believes no answer that is not this lease as it was written: nobody would be its holder, or each of two', async () => {
  const metadata = { name: 'l', uid: 'u', resourceVersion: '1' };
  const seen: LeaseRecord = { uid: 'u', resourceVersion: '1', holder: '', transitions: 0 };
  const claim = { holder: 'me', transitions: 0, durationMs: 15_000, isNewHolder: true };
  const spec = { holderIdentity: 'me' };
  const f = async (answer: object): Promise<unknown> => {
    const say = async () => ({ ...answer });
    const lease = new KubeLease({
      client: { get: say, patch: say },
      namespace: 'n',
      name: 'l',
      program: 'castai-agent',
      clock: { now: () => 0 },
    });
    const codes = [lease.read(never), lease.write(seen, claim, never)].map((call) =>
      call.then(
        (record) => record?.holder,
        (error: unknown) => (error as KubeError).message,
      ),
    );
    return Promise.all(codes);
  };
  const stranger = 'the API server answered with something that is not the lease l';
  for (const answer of [
    { kind: 'Lease' },
    { kind: 'Lease', metadata: null, spec },
    { kind: 'Lease', metadata: { ...metadata, name: 'other' }, spec },
    { kind: 'Lease', metadata: { ...metadata, uid: '' }, spec },
    { kind: 'Lease', metadata: { name: 'l', uid: 'u' }, spec },
  ]) {
    expect([answer, await f(answer)]).toEqual([answer, [stranger, stranger]]);
  }
  expect(await f({ metadata, spec })).toEqual(['me', 'me']);
  // As an admission webhook may have it.
  const changed = 'the lease was stored with another holder than the one that was written';
  expect(await f({ metadata, spec: { holderIdentity: 'them' } })).toEqual(['them', changed]);
  expect(await f({ metadata, spec: null })).toEqual(['', changed]);
});
