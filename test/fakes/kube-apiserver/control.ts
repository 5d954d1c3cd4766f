import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { AccessControl, DenyRule } from './access.ts';
import type { Churn } from './churn.ts';
import type { Fault, FaultPlan } from './faults.ts';
import type { Settings } from './front.ts';
import { type Outlet, sendJson } from './outlet.ts';
import { readBody } from './read-body.ts';
import type { RequestLog } from './request-log.ts';
import type { Backup } from './store.ts';

/** What can be done to the fake. */
export interface SteeredServer {
  readonly churn: Churn;
  readonly faults: FaultPlan;
  readonly access: AccessControl;
  readonly settings: Settings;
  readonly requests: RequestLog;
  readonly resourceVersion: string;
  load(objects: Iterable<KubeObject>): number;
  objects(resource?: string): KubeObject[];
  counts(): Record<string, number>;
  compact(): void;
  restart(options: {
    readonly keepState?: boolean;
    readonly historyLost?: boolean;
    readonly downMs?: number;
  }): Promise<void>;
  backup(): Backup;
  rewind(backup: Backup): void;
}

type Command = (body: unknown, query: URLSearchParams) => unknown;

const MAX_LOAD_BYTES = 1024 ** 3;

/**
 * Steers the fake from another process: `POST /_fake/<command>` with a JSON body, `GET` for what only reads. There is
 * no authentication, and the fake listens on 127.0.0.1 only.
 */
export class ControlApi {
  readonly #backups = new Map<string, Backup>();
  readonly #commands: Readonly<Record<string, Command>>;

  constructor(server: SteeredServer) {
    this.#commands = {
      /** `{count}` random changes at once. */
      change: (body) => ({ changed: server.churn.change(Number(record(body)['count'] ?? 1)) }),
      /** `{perSecond, touchShare}`; 0 changes per second stop it. */
      churn: (body) =>
        server.churn.run(Number(record(body)['perSecond'] ?? 0), Number(record(body)['touchShare'] ?? 0)),
      /** An array of objects, put in place of those with the same name. */
      load: (body) => ({ loaded: server.load(body as KubeObject[]) }),
      /** An array of faults replaces all that are armed; an empty one disarms them. */
      faults: (body) => {
        if (body === undefined) return server.faults.struck();
        server.faults.clear();
        server.faults.add(...(body as Fault[]));
        return undefined;
      },
      /** An array of rules replaces all; an empty one gives all rights back. */
      deny: (body) => {
        server.access.allowAll();
        server.access.deny(...(body as DenyRule[]));
      },
      /** Any of the settings. */
      settings: (body) => Object.assign(server.settings, body as Partial<Settings>),
      restart: (body) => this.#afterAnswer(() => server.restart(record(body))),
      compact: () => server.compact(),
      /** `{name}` keeps a copy of the cluster under a name. */
      backup: (body) => void this.#backups.set(backupName(body), server.backup()),
      /** `{name}` goes back to that copy. */
      rewind: (body) => {
        const backup = this.#backups.get(backupName(body));
        if (backup === undefined) throw new Error(`there is no backup ${backupName(body)}`);
        this.#afterAnswer(async () => server.rewind(backup));
      },
      /** All objects, or those of `?resource=deployments.apps`. */
      dump: (_body, query) => server.objects(query.get('resource') ?? undefined),
      /** How many objects there are of each kind. */
      summary: () => ({ resourceVersion: server.resourceVersion, atMs: Date.now(), objects: server.counts() }),
      /** Requests since the start, narrowed by `?verb=list&resource=pods`. */
      requests: (_body, query) => server.requests.entries(Object.fromEntries(query)),
    };
  }

  /** Answers one request. */
  readonly handle = async (request: IncomingMessage, outlet: Outlet): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    const command = this.#commands[pathname.slice('/_fake/'.length)];
    if (command === undefined) {
      const message = `unknown command; there are ${Object.keys(this.#commands).join(', ')}`;
      sendJson(outlet, 404, { body: { message } });
      return;
    }
    try {
      const body = request.method === 'GET' ? undefined : await readBody(request, MAX_LOAD_BYTES);
      sendJson(outlet, 200, { body: command(body, searchParams) ?? {} });
    } catch (error) {
      sendJson(outlet, 400, { body: { message: String(error) } });
    }
  };

  /** The command cuts the connection that its own answer needs. */
  #afterAnswer(command: () => Promise<void>): void {
    setTimeout(() => {
      command().catch((error: unknown) => console.error('the fake API server could not be restarted', error));
    }, 20);
  }
}

function record(body: unknown): Record<string, unknown> {
  return (body ?? {}) as Record<string, unknown>;
}

function backupName(body: unknown): string {
  const { name } = record(body);
  return typeof name === 'string' ? name : 'default';
}
