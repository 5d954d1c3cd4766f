import type { Clock } from '@castai/shared/async/clock.ts';
import { classifyImds, type Unknown, unknown } from './classify-imds.ts';
import { isNoNoticeYet, parseMaintenanceEvent, parsePreempted, parseUpcomingMaintenance } from './gcp-notices.ts';
import type { ImdsAnswer, ImdsClient } from './imds-client.ts';
import type { MetadataService, NoticeSource, PolledSource } from './notice-source.ts';
import type { MachineIdentity, Sighting, SourceName } from './notice.ts';
import { type Asked, PATIENCE_MS, PatientLook } from './patient-look.ts';
import { nameOf, type Reading } from './reading.ts';

/** What the service on GCP needs. */
export interface GcpServiceOptions {
  readonly client: ImdsClient;
  readonly clock: Clock;
}

const ROOT = '/computeMetadata/v1';
const INSTANCE = `${ROOT}/instance`;
const HEADERS = { 'metadata-flavor': 'Google' };
/** How long a hanging GET waits for a change. Much shorter than the guest agent's 60 s: it is also how we know that we hear. */
const WAIT_SECONDS = 5;
/** A server that does not wait must not be asked without a pause. */
const AT_MOST_EVERY_MS = 1000;
/** An hour of notice at the least: there is no hurry. */
const UPCOMING_PERIOD_MS = 60_000;
/** `last_etag` that no value has: the answer comes at once, as it must at the start, when the flag may be up already. */
const NO_ETAG = 'NONE';

const METADATA_SERVER_HINT =
  'what answers is not the metadata server of the machine: with Workload Identity pods off the host network are sent to another one; set hostNetwork: true';

/** The metadata server on GCP: requests that hang until something changes, one for each key. */
export class GcpService implements MetadataService {
  readonly polled: readonly PolledSource[];
  readonly #options: GcpServiceOptions;
  readonly #etags = new Map<SourceName, string>();
  readonly #notBeforeMs = new Map<SourceName, number>();
  readonly #patientAhead: PatientLook;
  readonly #identity: readonly PatientLook[];
  #isTerminated: boolean | undefined;

  constructor(options: GcpServiceOptions) {
    this.#options = options;
    const { clock } = options;
    const patient = (path: string, periodMs?: number): PatientLook =>
      new PatientLook((signal) => this.#ask(path, signal), { clock, ...(periodMs === undefined ? {} : { periodMs }) });
    this.#patientAhead = patient(`${INSTANCE}/upcoming-maintenance?alt=json`, UPCOMING_PERIOD_MS);
    this.#identity = [`${INSTANCE}/name`, `${INSTANCE}/zone`, `${ROOT}/project/project-id`].map((path) =>
      patient(path),
    );
    const hanging = (name: SourceName, parse: (text: string) => Reading | undefined): PolledSource => ({
      source: this.#hangingSource(name, parse),
      periodMs: AT_MOST_EVERY_MS,
      delayMs: 0,
      isEager: true,
    });
    const upcoming: NoticeSource = {
      name: 'upcoming-maintenance',
      lookMs: this.#patientAhead.slackMs,
      look: (signal) => this.#lookAhead(signal),
    };
    this.polled = [
      hanging('preempted', parsePreempted),
      hanging('maintenance-event', parseMaintenanceEvent),
      { source: upcoming, periodMs: UPCOMING_PERIOD_MS, delayMs: 0 },
    ];
  }

  async identify(signal: AbortSignal): Promise<MachineIdentity | undefined> {
    // The zone is `projects/<number>/zones/<zone>`; the provider id has the project's name, which is another path.
    const [name, zone, project] = await Promise.all(
      this.#identity.map(async (leaf) => nameIn(await leaf.next(signal))),
    );
    if (name === undefined) return undefined;
    const zoneName = zone?.split('/').at(-1) ?? '';
    const isComplete = project !== undefined && zoneName !== '';
    return { names: [], ...(isComplete ? { providerId: `gce://${project}/${zoneName}/${name}` } : {}) };
  }

  async detect(signal: AbortSignal): Promise<boolean> {
    return isGoogle(await this.#ask(`${INSTANCE}/id`, signal));
  }

  #hangingSource(name: SourceName, parse: (text: string) => Reading | undefined): NoticeSource {
    const { client, clock } = this.#options;
    const hangsMs = WAIT_SECONDS * 1000;
    const ask = (signal: AbortSignal): Promise<ImdsAnswer> => {
      const etag = this.#etags.get(name) ?? NO_ETAG;
      const query = `wait_for_change=true&timeout_sec=${WAIT_SECONDS}&last_etag=${encodeURIComponent(etag)}`;
      const timeoutMs = hangsMs + PATIENCE_MS;
      return client.send({ path: `${INSTANCE}/${name}?${query}`, headers: HEADERS, timeoutMs }, signal);
    };
    const patient = new PatientLook(ask, { clock, hangsMs });
    return {
      name,
      lookMs: patient.slackMs,
      look: async (signal) => {
        const etag = this.#etags.get(name) ?? NO_ETAG;
        // A server that answers without having waited is asked once a second, like the others.
        const pauseMs = (this.#notBeforeMs.get(name) ?? 0) - clock.monotonicMs();
        if (pauseMs > 0) await clock.sleep(pauseMs, signal);
        const startedAtMs = clock.monotonicMs();
        const answer = await patient.next(signal);
        if ('isKnown' in answer) return answer;
        const sighting = this.#judge(answer, parse);
        const newEtag = answer.isAnswered ? (answer.headers.get('etag') ?? '') : '';
        if (!sighting.isKnown) {
          // The next answer must not wait for a change, and what was refused may have been the ETag.
          this.#etags.delete(name);
          return sighting;
        }
        // A 200 does not mean that something changed: it also ends a wait.
        this.#etags.set(name, newEtag === '' ? NO_ETAG : newEtag);
        const isChange = newEtag !== etag && newEtag !== '';
        this.#notBeforeMs.set(name, isChange ? 0 : startedAtMs + AT_MOST_EVERY_MS);
        return sighting;
      },
    };
  }

  async #lookAhead(signal: AbortSignal): Promise<Sighting> {
    // Asked anew each time, because it can be changed; the last answer counts while there is none.
    this.#isTerminated = (await this.#dies(signal)) ?? this.#isTerminated;
    const answer = await this.#patientAhead.next(signal);
    if ('isKnown' in answer) return answer;
    const isNone = answer.isAnswered && answer.status === 503 && isGoogle(answer) && isNoNoticeYet(answer.text);
    if (isNone) return { isKnown: true, notices: [], unread: 0 };
    return this.#judge(answer, (text) => parseUpcomingMaintenance(text, this.#isTerminated ?? false));
  }

  /** Whether the machine is ended and started again for maintenance, instead of being moved; undefined: ask again. */
  async #dies(signal: AbortSignal): Promise<boolean | undefined> {
    const policy = nameIn(await this.#ask(`${INSTANCE}/scheduling/on-host-maintenance`, signal));
    return policy === undefined ? undefined : policy === 'TERMINATE';
  }

  #judge(answer: ImdsAnswer, parse: (text: string) => Reading | undefined): Sighting {
    const verdict = classifyImds(answer);
    if (verdict.is === 'unknown') return verdict.unknown;
    // Only the real one says who it is: anything else that answers 200 or 404 tells nothing about this machine.
    if (!isGoogle(answer)) return notTheServer();
    if (verdict.is === 'absent') {
      return answer.isAnswered && parse === parsePreempted
        ? unknown('not_found', 'HTTP 404', METADATA_SERVER_HINT)
        : { isKnown: true, notices: [], unread: 0, hostTimeMs: verdict.hostTimeMs };
    }
    const reading = parse(verdict.text);
    if (reading === undefined)
      return unknown('undecodable', 'the metadata server gave a value that is none of the known');
    return { isKnown: true, ...reading, hostTimeMs: verdict.hostTimeMs };
  }

  async #ask(path: string, signal: AbortSignal): Promise<ImdsAnswer> {
    return this.#options.client.send({ path, headers: HEADERS, timeoutMs: PATIENCE_MS }, signal);
  }
}

function nameIn(asked: Asked): string | undefined {
  if ('isKnown' in asked || !isGoogle(asked)) return undefined;
  const verdict = classifyImds(asked);
  return verdict.is === 'body' ? nameOf(verdict.text) : undefined;
}

function isGoogle(answer: ImdsAnswer): boolean {
  return answer.isAnswered && answer.headers.get('metadata-flavor') === 'Google';
}

function notTheServer(): Unknown {
  return unknown('unexpected', 'an answer without the header Metadata-Flavor: Google', METADATA_SERVER_HINT);
}
