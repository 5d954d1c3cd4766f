import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import type { ImdsQuestion, ImdsReply, ImdsService } from './imds-server.ts';
import { TokenBucket } from './token-bucket.ts';

/** One scheduled event as the document has it. Further fields are sent as they are. */
export interface AzureEvent {
  EventId: string;
  EventType: string;
  EventStatus: string;
  ResourceType: string;
  Resources: readonly string[];
  NotBefore: string;
  Description: string;
  EventSource: string;
  DurationInSeconds: number;
  [field: string]: unknown;
}

/** How the fake behaves; may be changed at any time. */
export interface AzureSettings {
  /** The first request for events ever is answered so much later, in milliseconds: it switches them on. */
  firstCallMs: number;
  /** Requests per second that the machine has, all its processes together. Infinity switches the limit off. */
  requestsPerSecond: number;
  /** The platform is being updated: 410. */
  isUpdating: boolean;
  /** Versions of Scheduled Events that are served. */
  apiVersions: string[];
  /** How `NotBefore` is written when the fake writes it. */
  notBefore: (atMs: number) => string;
}

/** Who the machine is. */
export interface AzureMachine {
  /** Name in `Resources`: `{set}_{instance}` in a Uniform scale set, the machine's own otherwise. */
  readonly name: string;
  readonly resourceId: string;
  readonly vmScaleSetName?: string;
}

/** A machine of a Uniform scale set, whose node has another name than the machine. */
const UNIFORM_MACHINE: AzureMachine = {
  name: 'aks-spotpool-12345678-vmss_3',
  resourceId:
    '/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/MC_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/aks-spotpool-12345678-vmss/virtualMachines/3',
  vmScaleSetName: 'aks-spotpool-12345678-vmss',
};

/** A machine of a Flexible scale set, or one of its own. */
export const FLEXIBLE_MACHINE: AzureMachine = {
  name: 'aks-flex-0a1b2c3d',
  resourceId:
    '/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/MC_group_cluster_westeurope/providers/Microsoft.Compute/virtualMachines/aks-flex-0a1b2c3d',
};

const NEWEST_VERSIONS = ['2025-04-07', '2024-07-17', '2023-11-15'];

/** Azure's metadata service as far as Scheduled Events and identity go. */
export class AzureImds implements ImdsService {
  readonly machine: AzureMachine;
  readonly settings: AzureSettings = {
    firstCallMs: 0,
    requestsPerSecond: 5,
    isUpdating: false,
    apiVersions: ['2017-08-01', '2017-11-01', '2019-01-01', '2019-04-01', '2019-08-01', '2020-07-01'],
    notBefore: (atMs) => new Date(atMs).toUTCString(),
  };
  /** Ids that were approved by StartRequests, in order. */
  readonly approved: string[] = [];
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #events: AzureEvent[] = [];
  #incarnation = 1;
  #isFirst = true;

  constructor(options: { readonly machine?: AzureMachine; readonly clock?: Clock } = {}) {
    this.machine = options.machine ?? UNIFORM_MACHINE;
    this.#clock = options.clock ?? systemClock;
    this.#bucket = new TokenBucket(this.#clock, () => this.settings.requestsPerSecond);
  }

  /** The events that stand in the document. */
  get events(): readonly AzureEvent[] {
    return this.#events;
  }

  /** Puts an event into the document; whatever is not told is a preemption of this machine in 30 s. Returns its id. */
  schedule(event: Partial<AzureEvent> & { readonly inMs?: number } = {}): string {
    const { inMs = 30_000, ...fields } = event;
    const full: AzureEvent = {
      // Seen in upper case.
      EventId: randomUUID().toUpperCase(),
      EventType: 'Preempt',
      EventStatus: 'Scheduled',
      ResourceType: 'VirtualMachine',
      Resources: [this.machine.name],
      NotBefore: this.settings.notBefore(this.#clock.now() + inMs),
      Description: '',
      EventSource: 'Platform',
      DurationInSeconds: -1,
      ...fields,
    };
    this.replace([...this.#events, full]);
    return full.EventId;
  }

  /** The impact begins: the time becomes blank, the id stays. */
  start(id: string): void {
    this.#change(id, { EventStatus: 'Started', NotBefore: '' });
  }

  /** Writes fields of an event. */
  change(id: string, fields: Partial<AzureEvent>): void {
    this.#change(id, fields);
  }

  /** The event leaves the document: complete or cancelled, nothing else tells which. */
  remove(id: string): void {
    this.replace(this.#events.filter((event) => event.EventId !== id));
  }

  /** Replaces the whole document. */
  replace(events: readonly AzureEvent[]): void {
    this.#events = [...events];
    this.#incarnation += 1;
  }

  async answer(question: ImdsQuestion): Promise<ImdsReply | undefined> {
    const { path, headers } = question;
    if (headers['metadata']?.toString().toLowerCase() !== 'true')
      return refuse(400, 'Bad request. Required metadata header not specified');
    if (headers['x-forwarded-for'] !== undefined) return refuse(400, 'Bad request. X-Forwarded-For is not allowed');
    if (question.duplicates.length > 0)
      return refuse(400, `Bad request. Duplicated query parameter ${question.duplicates[0]}`);
    if (path === '/metadata/instance/compute') return this.#compute(question);
    if (path !== '/metadata/scheduledevents') return refuse(404, 'Not found');
    if (!this.#bucket.take()) return refuse(429, 'Too many requests');
    if (this.settings.isUpdating) return refuse(410, 'Gone');
    return this.#scheduledEvents(question);
  }

  async #scheduledEvents({ method, query, body, signal }: ImdsQuestion): Promise<ImdsReply> {
    const version = query.get('api-version');
    if (version === null || !this.settings.apiVersions.includes(version)) return refuseVersion();
    if (method === 'POST') return this.#approve(body);
    if (method !== 'GET') return refuse(405, 'Method not allowed');
    if (this.#isFirst) {
      this.#isFirst = false;
      const { firstCallMs } = this.settings;
      if (firstCallMs > 0) await this.#clock.sleep(firstCallMs, signal).catch(() => undefined);
    }
    return json(200, { DocumentIncarnation: this.#incarnation, Events: this.#events });
  }

  /** An approval is for every machine that the event names; a repeated one is as good as the first. */
  #approve(body: string): ImdsReply {
    let ids: unknown[];
    try {
      const { StartRequests: requests } = JSON.parse(body) as { StartRequests: { EventId: string }[] };
      ids = requests.map(({ EventId: id }) => id);
    } catch {
      return refuse(400, 'Bad request. The body is malformed');
    }
    // Letter by letter: whether the real service minds their case is not documented, so nobody may rely on that it does not.
    const known = this.#events.filter(({ EventId: id }) => ids.includes(id));
    if (known.length !== ids.length) return refuse(400, 'Bad request. There is no such event');
    for (const { EventId: id } of known) {
      this.approved.push(id);
      this.start(id);
    }
    return json(200, {});
  }

  #compute({ query }: ImdsQuestion): ImdsReply {
    if (query.get('api-version') === null) return refuseVersion();
    const { name, resourceId, vmScaleSetName = '' } = this.machine;
    // Every value is a string here, and what is absent is an empty one.
    return json(200, {
      location: 'westeurope',
      name,
      priority: 'Spot',
      evictionPolicy: 'Delete',
      resourceGroupName: 'MC_group_cluster_westeurope',
      resourceId,
      subscriptionId: '00000000-1111-2222-3333-444444444444',
      vmId: '7f1b0c1e-5a0e-4a39-9a1c-1d6d2f1f9b10',
      vmScaleSetName,
      vmSize: 'Standard_D4s_v5',
      zone: '',
    });
  }

  #change(id: string, fields: Partial<AzureEvent>): void {
    this.replace(this.#events.map((event) => (event.EventId === id ? { ...event, ...fields } : event)));
  }
}

function json(status: number, value: unknown): ImdsReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', server: 'Microsoft-IIS/10.0' },
    body: JSON.stringify(value),
  };
}

function refuse(status: number, error: string): ImdsReply {
  return json(status, { error });
}

function refuseVersion(): ImdsReply {
  return json(400, {
    error: 'Bad request. api-version is invalid or was not specified in the request.',
    'newest-versions': NEWEST_VERSIONS,
  });
}
