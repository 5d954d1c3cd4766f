import { setTimeout as sleep } from 'node:timers/promises';
import { DryRecordStore } from '@castai/cluster-controller/claim/record-store.ts';
import type { WorkResult } from '@castai/cluster-controller/do/work.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { ChaosControllerOptions, Sabotage } from './chaos-controller.ts';
import type { ChaosKind } from './history.ts';

type Client = ChaosControllerOptions['client'];
type Worker = Parameters<NonNullable<Sabotage['worker']>>[0];
type Work = (worker: Worker, ...given: Parameters<Worker['work']>) => ReturnType<Worker['work']>;

/** A way to break a controller. */
interface Mistake {
  readonly by: Sabotage;
  /** What a run has to say of it. */
  readonly says: RegExp;
  /** The kinds of which one shows it; absent: any. */
  readonly kinds?: readonly ChaosKind[];
}

/** Mistakes that somebody could make, each by the words that a controller which makes it does. */
export const SABOTAGES: Readonly<Record<string, Mistake>> = {
  'says that it is done before it is': {
    by: working(async () => concluded({ is: 'done', detail: '' })),
    says: /told to be done, and was not/u,
  },
  'gives up what it could do': {
    by: working(async () => concluded({ is: 'failed', code: 'internal', detail: 'broken' })),
    says: /told internal: broken, for which there is no reason/u,
  },
  'makes nothing a condition': { by: { client: unconditional }, says: /a write was on no condition/u },
  'goes by the name of what it is about': {
    by: working(async (worker, { record, ...task }, signal) => {
      const target = await worker.resolve(task.body, signal);
      return worker.work({ ...task, record: { ...record, target } }, signal);
    }),
    kinds: ['evictPod', 'patchNode'],
    says: /which was not meant|mismatch/u,
  },
  'keeps no records': { by: { store: () => new DryRecordStore() }, says: /told in 2 ways|had an effect 2 times/u },
  'does again what it does not know the end of': {
    by: working(async (worker, task, signal) => worker.work({ ...task, isResumed: false }, signal)),
    kinds: ['append'],
    says: /append .*(?:had an effect 2 times|told to be done, and was not)/u,
  },
  'says something else the second time': { by: sayingMore(), says: /told in \d+ ways/u },
  'writes lists of marks as a whole': { by: { client: overwriting }, kinds: ['patchNode'], says: /lost the taint/u },
  'drops events': {
    by: { client: withoutEvents },
    kinds: ['createEvent'],
    says: /createEvent .*told to be done, and was not/u,
  },
};

function working(work: Work): Sabotage {
  return {
    worker: (worker) => ({
      resolve: async (body, signal) => worker.resolve(body, signal),
      work: async (task, signal) => work(worker, task, signal),
    }),
  };
}

function concluded(outcome: Extract<WorkResult, { is: 'concluded' }>['outcome']): WorkResult {
  return { is: 'concluded', outcome, progress: {} };
}

/** Every controller of a run counts on. */
function sayingMore(): Sabotage {
  let count = 0;
  return {
    acks: (acks) => ({
      pendingCount: 0,
      want: ({ id }) => {
        count += 1;
        acks.want({ id, error: `unavailable: whether it was done cannot be told, ${count}` });
      },
      withdraw: (id) => acks.withdraw(id),
      stop: () => acks.stop(),
    }),
  };
}

function unconditional(client: Client): Client {
  return {
    ...client,
    patch: async (path, patch, signal) => {
      const operations = path.includes('/nodes/') ? (patch.body as { op: string }[]) : undefined;
      const body = operations?.filter(({ op }) => op !== 'test') ?? patch.body;
      return client.patch(path, { ...patch, body }, signal);
    },
    delete: async (path, _options, signal) => client.delete(path, {}, signal),
  };
}

/** Reads the taints, and some time later writes them with its own. */
function overwriting(client: Client): Client {
  return {
    ...client,
    patch: async (path, patch, signal) => {
      if (!path.includes('/nodes/')) return client.patch(path, patch, signal);
      const node = await client.get(path, signal);
      await sleep(1);
      const { taints = [] }: { taints?: object[] } = isRecord(node['spec']) ? node['spec'] : {};
      const body = (patch.body as { op: string; path: string; value?: unknown }[]).flatMap((operation) => {
        if (!operation.path.startsWith('/spec/taints')) return [operation];
        if (operation.op !== 'add') return [];
        return [{ op: 'add', path: '/spec/taints', value: [...taints, operation.value].flat() }];
      });
      return client.patch(path, { ...patch, body }, signal);
    },
  };
}

function withoutEvents(client: Client): Client {
  return {
    ...client,
    create: async (path, body, signal) => (path.endsWith('/events') ? {} : client.create(path, body, signal)),
  };
}
