import type { Clock } from '@castai/shared/async/clock.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { azureNamesOf, parseScheduledEvents } from './azure-events.ts';
import { classifyImds, unknown } from './classify-imds.ts';
import type { ImdsAnswer, ImdsClient, ImdsRequest } from './imds-client.ts';
import type { MetadataService, NoticeSource, PolledSource } from './notice-source.ts';
import type { MachineIdentity, Sighting } from './notice.ts';
import { type Asked, PATIENCE_MS, PatientLook } from './patient-look.ts';
import { nameOf } from './reading.ts';

/** What the service on Azure needs. */
export interface AzureServiceOptions {
  readonly client: ImdsClient;
  /** Version of Scheduled Events: a newer one than the default may carry more types. */
  readonly apiVersion: string;
  readonly periodMs: number;
  readonly clock: Clock;
}

/** The newest version that is generally available; what we go back to when a configured one is refused. */
const AZURE_API_VERSION = '2020-07-01';
/** One refusal does not decide for ever: the machine's host may have been behind, or in trouble. */
const REFUSED_FOR_MS = 600_000;
const IDENTITY_PATH = '/metadata/instance/compute?api-version=2021-03-01';
/** A request without this header is refused, so that a tricked web server on this machine cannot make one. */
const HEADERS = { metadata: 'true' };
/** The first call of all switches the events on for the machine: the answer may take two minutes. */
const FIRST_CALL_MS = 130_000;
/** A first call that hangs is not told from one that is slow: others go beside it. */
const FIRST_CALL_AGAIN_MS = 10_000;

/** Azure Scheduled Events, read once per period. Five requests per second and machine are all that its processes have together. */
export class AzureService implements MetadataService {
  readonly polled: readonly PolledSource[];
  readonly #options: AzureServiceOptions;
  readonly #patient: PatientLook;
  readonly #patientIdentity: PatientLook;
  /** Until then the configured version counts as refused, in monotonic milliseconds; undefined: it never was. */
  #refusedUntilMs: number | undefined;
  #isOn = false;

  constructor(options: AzureServiceOptions) {
    this.#options = options;
    const { client, clock } = options;
    const ask = (signal: AbortSignal): Promise<ImdsAnswer> =>
      client.send({ ...this.#request(), timeoutMs: PATIENCE_MS }, signal);
    this.#patient = new PatientLook(ask, { clock, periodMs: options.periodMs });
    this.#patientIdentity = new PatientLook((signal) => this.#askIdentity(signal), { clock });
    const source: NoticeSource = {
      name: 'scheduled-events',
      lookMs: this.#patient.slackMs,
      look: (signal) => this.#look(signal),
    };
    this.polled = [{ source, periodMs: options.periodMs, delayMs: 0 }];
  }

  async identify(signal: AbortSignal): Promise<MachineIdentity | undefined> {
    return identityOf(await this.#patientIdentity.next(signal));
  }

  async detect(signal: AbortSignal): Promise<boolean> {
    return identityOf(await this.#askIdentity(signal)) !== undefined;
  }

  /** Approves an event for every machine that it names. Answered with 200 also when it is approved already. */
  async acknowledge(givenId: string, signal: AbortSignal): Promise<boolean> {
    const body = JSON.stringify({ StartRequests: [{ EventId: givenId }] });
    const request = { ...this.#request(), method: 'POST', body, timeoutMs: PATIENCE_MS } as const;
    const answer = await this.#options.client.send(request, signal);
    return answer.isAnswered && answer.status === 200;
  }

  async #look(signal: AbortSignal): Promise<Sighting> {
    const asked = await this.#ask(signal);
    if ('isKnown' in asked) return asked;
    const verdict = classifyImds(asked);
    if (verdict.is === 'absent') {
      return unknown(
        'not_found',
        'HTTP 404',
        'there are no Scheduled Events at this address: is PROVIDER the right cloud?',
      );
    }
    if (verdict.is === 'unknown') {
      const { unknown: nothing } = verdict;
      if (nothing.reason !== 'bad_request' || this.#apiVersion === AZURE_API_VERSION) return nothing;
      const isNews = this.#refusedUntilMs === undefined;
      this.#refusedUntilMs = this.#options.clock.monotonicMs() + REFUSED_FOR_MS;
      // The question whether it is served by now costs no look.
      if (!isNews) return this.#look(signal);
      const hint = `AZURE_API_VERSION=${this.#options.apiVersion} is not served here: ${AZURE_API_VERSION} is used instead`;
      return { ...nothing, hint };
    }
    const reading = parseScheduledEvents(verdict.text);
    if (reading === undefined) return unknown('undecodable', 'the document is broken or is none of Scheduled Events');
    this.#isOn = true;
    return { isKnown: true, ...reading, hostTimeMs: verdict.hostTimeMs };
  }

  get #apiVersion(): string {
    const isRefused = this.#options.clock.monotonicMs() < (this.#refusedUntilMs ?? Number.NEGATIVE_INFINITY);
    return isRefused ? AZURE_API_VERSION : this.#options.apiVersion;
  }

  #ask(signal: AbortSignal): Promise<Asked> {
    return this.#isOn ? this.#patient.next(signal) : this.#askFirst(signal);
  }

  /** Asks with a long patience, and again beside it, because a hanging request must not cost two minutes. */
  async #askFirst(signal: AbortSignal): Promise<ImdsAnswer> {
    const { client, clock } = this.#options;
    const enough = new AbortController();
    const stop = (): void => enough.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const attempts: Promise<ImdsAnswer>[] = [];
    for (let delayMs = 0; delayMs < FIRST_CALL_MS; delayMs += FIRST_CALL_AGAIN_MS) {
      const request = { ...this.#request(), timeoutMs: FIRST_CALL_MS - delayMs };
      attempts.push(clock.sleep(delayMs, enough.signal).then(() => client.send(request, enough.signal)));
    }
    try {
      return await Promise.race(attempts);
    } finally {
      signal.removeEventListener('abort', stop);
      enough.abort();
      await Promise.allSettled(attempts);
    }
  }

  async #askIdentity(signal: AbortSignal): Promise<ImdsAnswer> {
    return this.#options.client.send({ path: IDENTITY_PATH, headers: HEADERS, timeoutMs: PATIENCE_MS }, signal);
  }

  #request(): ImdsRequest {
    return { path: `/metadata/scheduledevents?api-version=${encodeURIComponent(this.#apiVersion)}`, headers: HEADERS };
  }
}

/** The parts may come one by one: what is absent is an empty text here, and the id has the name in it. */
function identityOf(asked: Asked): MachineIdentity | undefined {
  const verdict = 'isKnown' in asked ? undefined : classifyImds(asked);
  const compute = verdict?.is === 'body' ? parseObject(verdict.text) : undefined;
  const [name, resourceId] = [nameOf(compute?.['name']), nameOf(compute?.['resourceId'])];
  const providerId = resourceId === undefined ? undefined : providerIdOf(resourceId);
  const names = name === undefined ? azureNamesOf(providerId ?? '') : [name];
  if (names.length === 0) return undefined;
  return { names, ...(providerId === undefined ? {} : { providerId }) };
}

/** As the cloud's controller writes it: the resource id, with the group in lower case. */
function providerIdOf(resourceId: string): string {
  return `azure://${resourceId.replace(/(?<=\/resourceGroups\/)[^/]+/i, (group) => group.toLowerCase())}`;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
