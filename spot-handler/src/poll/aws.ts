import type { Clock } from '@castai/shared/async/clock.ts';
import {
  type AwsParser,
  parseInstanceAction,
  parseLifecycleState,
  parseMaintenance,
  parseRebalance,
} from './aws-notices.ts';
import { AwsToken } from './aws-token.ts';
import { classifyImds, unknown } from './classify-imds.ts';
import type { ImdsClient } from './imds-client.ts';
import type { MetadataService, PolledSource } from './notice-source.ts';
import type { MachineIdentity, NOTICE_SOURCES, Sighting } from './notice.ts';
import { type Asked, PATIENCE_MS, PatientLook } from './patient-look.ts';
import { nameOf } from './reading.ts';

/** What the service on AWS needs. */
export interface AwsServiceOptions {
  readonly client: ImdsClient;
  readonly periodMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

const META_DATA = '/latest/meta-data';
type AwsSource = (typeof NOTICE_SOURCES)['aws'][number];
const PATHS: Readonly<Record<AwsSource, string>> = {
  'instance-action': 'spot/instance-action',
  rebalance: 'events/recommendations/rebalance',
  'scheduled-maintenance': 'events/maintenance/scheduled',
  'lifecycle-state': 'autoscaling/target-lifecycle-state',
};

/** The path whose notice is short leaves a little room for the others: all together are asked about once per period. */
const FAST_SHARE = 1.06;
/** A lifecycle hook may last 30 s, and an answer some seconds: its state is never older than 20 s. */
const LIFECYCLE_MS = 16_000;
/** These come with minutes or days to go, or without any promise. */
const RARE_MS = 32_000;

/** The EC2 instance metadata service, version 2 only: an answer of version 1 would hide that version 2 does not work. */
export class AwsService implements MetadataService {
  readonly polled: readonly PolledSource[];
  readonly #client: ImdsClient;
  readonly #clock: AwsServiceOptions['clock'];
  readonly #token: AwsToken;
  readonly #id: PatientLook;
  readonly #zone: PatientLook;

  constructor({ client, periodMs, clock }: AwsServiceOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#token = new AwsToken({ client, clock });
    this.#id = new PatientLook((signal) => this.#get('instance-id', signal), { clock });
    this.#zone = new PatientLook((signal) => this.#get('placement/availability-zone', signal), { clock });
    const fastMs = periodMs * FAST_SHARE;
    const lifecycleMs = Math.max(LIFECYCLE_MS, periodMs);
    const rareMs = Math.max(RARE_MS, periodMs);
    // In the middle between two looks at the first.
    const between = (looks: number): number => fastMs * (looks + 0.5);
    this.polled = [
      this.#polled('instance-action', { parse: parseInstanceAction, periodMs: fastMs, delayMs: 0 }),
      this.#polled('rebalance', { parse: parseRebalance, periodMs: rareMs, delayMs: between(0) }),
      this.#polled('lifecycle-state', { parse: parseLifecycleState, periodMs: lifecycleMs, delayMs: between(1) }),
      this.#polled('scheduled-maintenance', { parse: parseMaintenance, periodMs: rareMs, delayMs: between(2) }),
    ];
  }

  async identify(signal: AbortSignal): Promise<MachineIdentity | undefined> {
    const [id, zone] = await Promise.all([this.#id, this.#zone].map(async (leaf) => nameIn(await leaf.next(signal))));
    if (id === undefined) return undefined;
    // Notices name nobody here: they are about the instance that is told.
    return { names: [], ...(zone === undefined ? {} : { providerId: `aws:///${zone}/${id}` }) };
  }

  async detect(signal: AbortSignal): Promise<boolean> {
    // Some servers answer everything with 200, so a token alone proves nothing.
    return /^m?i-[\da-f]+$/.test(nameIn(await this.#get('instance-id', signal)) ?? '');
  }

  #polled(
    name: AwsSource,
    { parse, periodMs, delayMs }: { readonly parse: AwsParser; readonly periodMs: number; readonly delayMs: number },
  ): PolledSource {
    const path = PATHS[name];
    const patient = new PatientLook((signal) => this.#get(path, signal), { clock: this.#clock, periodMs });
    const look = async (signal: AbortSignal): Promise<Sighting> => this.#judge(path, parse, await patient.next(signal));
    return { source: { name, lookMs: patient.slackMs, look }, periodMs, delayMs };
  }

  #judge(path: string, parse: AwsParser, asked: Asked): Sighting {
    if ('isKnown' in asked) return asked;
    const verdict = classifyImds(asked);
    if (verdict.is === 'unknown') {
      const { reason, detail } = verdict.unknown;
      return (reason === 'timeout' ? this.#token.awaited(detail) : undefined) ?? verdict.unknown;
    }
    if (verdict.is === 'absent') return { isKnown: true, notices: [], unread: 0, hostTimeMs: verdict.hostTimeMs };
    const reading = parse(verdict.text);
    if (reading === undefined) return unknown('undecodable', `${path} holds something that is no notice`);
    return { isKnown: true, ...reading, hostTimeMs: verdict.hostTimeMs };
  }

  /** Asks with the token in hand; one that is refused is replaced and the question asked again, at once and once. */
  async #get(path: string, signal: AbortSignal): Promise<Asked> {
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#token.get(signal);
      if (!token.isKnown) return token.unknown;
      const headers = { 'x-aws-ec2-metadata-token': token.value };
      const request = { path: `${META_DATA}/${path}`, headers, timeoutMs: PATIENCE_MS };
      const answer = await this.#client.send(request, signal);
      const isRefused = answer.isAnswered && answer.status === 401;
      if (isRefused) this.#token.forget(token.value);
      if (!isRefused || attempt > 1) return answer;
    }
  }
}

function nameIn(asked: Asked): string | undefined {
  const verdict = 'isKnown' in asked ? undefined : classifyImds(asked);
  return verdict?.is === 'body' ? nameOf(verdict.text) : undefined;
}
