import type { Said } from '@castai/shared/verdict/said.ts';
import type { SurveyQuestion } from '../feeds/supervisor.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';

/** With what was asked. */
export interface SurveySaid extends Said {
  readonly question: SurveyQuestion;
}

/** What was heard of troubles and stands in no status: words of servers, mostly. */
export interface Heard {
  /** By feed; counts only while the feed says that it is degraded. */
  readonly feeds: ReadonlyMap<string, Said>;
  /** Why the API server did not answer what it was last asked, before or beside the feeds; undefined: it did. */
  readonly survey: SurveySaid | undefined;
  /** Counts only while the lease says that it has a problem. */
  readonly lease: Said | undefined;
  /** What the platform said of the registration; undefined once it has taken it. */
  readonly registration: Verdict | undefined;
  /** By destination: its file of certificates cannot be used. */
  readonly trust: ReadonlyMap<string, Said>;
}

/** Remembers the words of what goes wrong until it goes right: bounded by the number of feeds and destinations. */
export class TroubleMemory implements Heard {
  readonly feeds = new Map<string, Said>();
  readonly trust = new Map<string, Said>();
  survey: SurveySaid | undefined;
  lease: Said | undefined;
  registration: Verdict | undefined;
}
