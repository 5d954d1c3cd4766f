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
import type { MetadataService, NoticeSource, PolledSources } from './notice-source.ts';
import type { MachineIdentity, Sighting, SourceName } from './notice.ts';
import { type Asked, PATIENCE_MS, PatientLook } from './patient-look.ts';
import { nameOf } from './reading.ts';

/** What the service on AWS needs. */
export interface AwsServiceOptions {
  readonly client: ImdsClient;
  readonly periodMs: number;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

const META_DATA = '/latest/meta-data';

/**
 * All paths together are asked once per period on average: the one whose notice is short takes all turns but every eighteenth,
 * which the others share. So its period is a little longer than the one configured, by less than a tenth.
 */
const FAST_SHARE = 1.06;
const SLOW_SHARE = 1 / (1 - 1 / FAST_SHARE);

/** The EC2 instance metadata service, version 2 only: an answer of version 1 would hide that version 2 does not work. */
export class AwsService implements MetadataService {
  readonly rounds: readonly PolledSources[];
  readonly #client: ImdsClient;
  readonly #token: AwsToken;
  readonly #id: PatientLook;
  readonly #zone: PatientLook;

  constructor({ client, periodMs, clock }: AwsServiceOptions) {
    this.#client = client;
    this.#token = new AwsToken({ client, clock });
    this.#id = new PatientLook((signal) => this.#get('instance-id', signal), { clock });
    this.#zone = new PatientLook((signal) => this.#get('placement/availability-zone', signal), { clock });
    const source = (name: SourceName, path: string, parse: AwsParser): NoticeSource => {
      const patient = new PatientLook((signal) => this.#get(path, signal), { clock });
      return {
        name,
        lookMs: 0,
        look: async (signal) => this.#judge(path, parse, await patient.next(signal)),
      };
    };
    const rebalance = source('rebalance', 'events/recommendations/rebalance', parseRebalance);
    this.rounds = [
      {
        sources: [source('instance-action', 'spot/instance-action', parseInstanceAction)],
        periodMs: periodMs * FAST_SHARE,
        delayMs: 0,
      },
      {
        sources: [
          rebalance,
          source('lifecycle-state', 'autoscaling/target-lifecycle-state', parseLifecycleState),
          rebalance,
          source('scheduled-maintenance', 'events/maintenance/scheduled', parseMaintenance),
        ],
        periodMs: periodMs * SLOW_SHARE,
        // A notice may be pending: for the first seconds there are twice as many questions.
        firstPeriodMs: periodMs * FAST_SHARE,
        // In the middle between two looks of the other round.
        delayMs: (periodMs * FAST_SHARE) / 2,
      },
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
