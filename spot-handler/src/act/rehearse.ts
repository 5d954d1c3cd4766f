import { createServer } from 'node:http';
import { withDeadline } from '@castai/shared/async/deadline.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { Secret } from '@castai/shared/config/secret.ts';
import { HttpAgents } from '@castai/shared/http/http-agents.ts';
import { KubeClient } from '@castai/shared/kube/kube-client.ts';
import { ApiKey } from '@castai/shared/wire/api-key.ts';
import { JsonClient } from '@castai/shared/wire/json-client.ts';
import { Interruptions } from '../decide/interruptions.ts';
import { OwnNode } from '../node/own-node.ts';
import { platformIdentity } from '../node/platform-identity.ts';
import { parseScheduledEvents } from '../poll/azure-events.ts';
import { NOTICE_KINDS } from '../poll/notice.ts';
import { NodeMarker } from './node-marker.ts';
import { RealWriter } from './real-writer.ts';
import { Reporter } from './reporter.ts';
import { KnownSecrets } from '@castai/shared/log/known-secrets.ts';

/** Ends a rehearsal that got stuck; it is a help, not a condition. */
const LONGEST_MS = 2000;
const ROUNDS = 3;

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'rehearsal', uid: 'rehearsal', resourceVersion: '1', labels: {}, annotations: {} },
  spec: { taints: [] },
};
const EVENT = {
  EventId: 'rehearsal',
  EventType: 'Preempt',
  EventStatus: 'Scheduled',
  Resources: ['rehearsal'],
  NotBefore: 'Mon, 19 Sep 2016 18:29:47 GMT',
};

/**
 * Plays an interruption through, against a server of this process on the loopback interface: parsed, decided, reported, marked.
 *
 * The first real notice is the only one that a machine ever gets, and by far the slowest: until then none of the code on its way
 * has run, and Node compiles each function when it is first called. Run with `--no-flush-bytecode`, or it is forgotten after a
 * while. Never rejects.
 */
export async function rehearse(timing: Timing, signal: AbortSignal): Promise<void> {
  const overdue = (): Error => new Error('a rehearsal got stuck');
  const play = async (limited: AbortSignal): Promise<void> => {
    for (let round = 0; round < ROUNDS && !limited.aborted; round += 1) await playOnce(timing, limited);
  };
  try {
    await withDeadline({ ms: LONGEST_MS, clock: timing.clock, overdue }, play, signal);
  } catch {
    // Whatever it was: the first notice is then as slow as it would have been anyway.
  }
}

async function playOnce({ clock, random }: Timing, signal: AbortSignal): Promise<void> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'POST' ? '{}' : JSON.stringify(NODE));
    });
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const address = server.address();
  const baseUrl = new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
  const timeouts = { connectTimeoutMs: LONGEST_MS, headersTimeoutMs: LONGEST_MS, keepAliveMs: LONGEST_MS };
  const agents = new HttpAgents({ baseUrl, proxy: 'none', environment: {}, ...timeouts }, { clock });
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  const parts = startParts({ baseUrl, agents, clock, random, onDone: stop }, over.signal);
  try {
    await Promise.allSettled(parts);
  } finally {
    signal.removeEventListener('abort', stop);
    agents.close();
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }
}

interface Stage extends Timing {
  readonly baseUrl: URL;
  readonly agents: HttpAgents;
  /** Both effects have come about. */
  readonly onDone: () => void;
}

function startParts({ baseUrl, agents, clock, random, onDone }: Stage, signal: AbortSignal): Promise<void>[] {
  const ignore = (): void => undefined;
  const userAgent = 'rehearsal';
  const credentials = {
    server: baseUrl,
    connection: { baseUrl, proxy: 'none', environment: {}, connectTimeoutMs: 0, headersTimeoutMs: 0, keepAliveMs: 0 },
    authorization: async () => undefined,
    refresh: async () => undefined,
  } as const;
  const client = new KubeClient({ credentials, agents, clock, userAgent });
  const apiKey = new ApiKey({ value: Secret.of('rehearsal') }, new KnownSecrets());
  const rest = new JsonClient({ baseUrl, agents, apiKey, userAgent, clock });
  const acknowledge = async (): Promise<boolean> => false;
  const writer = new RealWriter({ kube: client, platform: rest, clusterId: 'rehearsal', acknowledge });
  let left = 2;
  const countDown = (): void => {
    left -= 1;
    if (left === 0) onDone();
  };
  const watch = {
    follow: () => {
      throw new Error('a rehearsal follows nothing');
    },
  };
  const node = new OwnNode({ name: 'rehearsal', client, watch, clock, random, onChange: ignore, onFailure: ignore });
  const markObserver = { onPatched: countDown, onPatchFailed: ignore };
  const marker = new NodeMarker({ node, writer, clock, random, observer: markObserver, begins: true });
  const reportObserver = { onReported: ignore, onReportFailed: ignore, onReportedNameless: ignore };
  const identity = () => platformIdentity(undefined, { names: [], providerId: 'rehearsal' });
  const reporter = new Reporter({ writer, identity, clock, random, observer: reportObserver, onTaken: countDown });
  const interruptions = new Interruptions({
    policy: { actOn: new Set(NOTICE_KINDS), marks: true, evicts: false, acknowledges: false, markAheadMs: 0 },
    effects: {
      report: (id, type) => reporter.report(id, type),
      withdraw: ignore,
      remember: (notice) => marker.want(notice),
      release: ignore,
      hold: ignore,
      recheck: ignore,
      evict: ignore,
      stopEviction: ignore,
      acknowledge: ignore,
      retract: ignore,
      announce: ignore,
      onBroken: onDone,
    },
    clock,
    ownNames: () => ['rehearsal'],
    sources: () => [],
  });
  interruptions.onNode(undefined);
  const parts = [marker.run(signal), reporter.run(signal)];
  const { notices = [] } = parseScheduledEvents(JSON.stringify({ Events: [EVENT] })) ?? {};
  interruptions.onSighting('scheduled-events', { isKnown: true, notices, unread: 0 });
  return parts;
}
