import { describeError } from '@castai/shared/errors.ts';
import { forEachAtOnce } from '@castai/shared/async/for-each-at-once.ts';
import { availabilityOf } from '../feeds/availability.ts';
import { type FeedSpec, isIndispensable } from '../feeds/feeds.ts';
import { forbiddenCure } from '../feeds/forbidden-cure.ts';
import { REFUSAL_CURES } from '../feeds/refusal-cures.ts';
import { type ApiSurvey, isRefusal, QUESTIONS_AT_ONCE } from '../feeds/supervisor.ts';
import { fine, type Finding, trouble } from '@castai/shared/command/finding.ts';

/** Asks what is asked of the API server before feeds run, and for a list where it refuses the question. */
export interface FeedQuestions extends ApiSurvey {
  canList(spec: FeedSpec, version: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Looks every feed up and asks the API server whether it may be read: one finding per feed that is forbidden, whose API does not
 * answer, or which this agent cannot read; one for all that are well. Where discovery or reviews are refused, the lists are tried, as
 * the agent does. Rejects when a question fails otherwise.
 */
export async function checkFeeds(
  questions: FeedQuestions,
  specs: readonly FeedSpec[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const catalogue = await orRefused(questions.catalogue(signal));
  if (catalogue === 'refused') return [discoveryRefused(), ...(await tryLists(questions, specs, signal))];
  const looks = specs.map((spec) => ({ spec, found: availabilityOf(spec, catalogue) }));
  const served = looks.filter(({ found }) => found.is === 'served');
  const forbidden = new Set<FeedSpec>();
  let areReviewsRefused = false;
  await forEachAtOnce(served, QUESTIONS_AT_ONCE, async ({ spec, found }) => {
    const answer = await orRefused(questions.mayRead(spec, signal));
    areReviewsRefused ||= answer === 'refused';
    const version = found.is === 'served' ? found.versions[0] : spec.versions[0];
    const mayRead = answer === 'refused' ? await questions.canList(spec, version, signal) : answer;
    if (!mayRead) forbidden.add(spec);
  });
  const absent = looks.filter(({ found }) => found.is === 'absent').length;
  const readable = `${served.length - forbidden.size} of ${served.length} feeds may be read`;
  return [
    ofAll(`${readable}, ${absent} are not served by this cluster`, [...forbidden]),
    ...(areReviewsRefused ? [reviewsRefused()] : []),
    ...specs.filter((spec) => forbidden.has(spec)).map(forbiddenFinding),
    ...looks.flatMap(({ spec, found }) => {
      if (found.is === 'absent') return spec.isExtra === true ? [absentExtra(spec)] : [];
      if (found.is === 'unknown') return [unknownFinding(spec)];
      return found.is === 'unsupported' ? [unsupportedFinding(spec, found.reason)] : [];
    }),
  ];
}

async function tryLists(questions: FeedQuestions, specs: readonly FeedSpec[], signal: AbortSignal): Promise<Finding[]> {
  const readable = new Set<FeedSpec>();
  await forEachAtOnce(specs, QUESTIONS_AT_ONCE, async (spec) => {
    for (const version of spec.versions) {
      if (!readable.has(spec) && (await questions.canList(spec, version, signal))) readable.add(spec);
    }
  });
  const missing = specs.filter((spec) => isIndispensable(spec.name) && !readable.has(spec));
  return [ofAll(`${readable.size} of ${specs.length} feeds can be listed`, missing), ...missing.map(forbiddenFinding)];
}

/** All feeds at once: as bad as the worst of those that are missing. */
function ofAll(detail: string, missing: readonly FeedSpec[]): Finding {
  if (missing.length === 0) return fine('feeds', detail);
  const severity = missing.some(({ name }) => isIndispensable(name)) ? 'problem' : 'warning';
  return trouble('feeds', { severity, detail, cure: 'see what is said of each feed' });
}

async function orRefused<T>(answer: Promise<T>): Promise<T | 'refused'> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
}

function discoveryRefused(): Finding {
  return trouble('discovery', {
    severity: 'warning',
    detail: 'the API server does not tell us what it serves: each list was tried in the versions that this agent knows',
    cure: REFUSAL_CURES.discovery,
  });
}

function reviewsRefused(): Finding {
  return trouble('access-reviews', {
    severity: 'warning',
    detail:
      'the API server does not review our access: each list was tried, and its own answer counts; watches were not',
    cure: REFUSAL_CURES.reviews,
  });
}

/** What to report when the API server answers the survey with an error. */
export function surveyFailed(error: unknown): Finding {
  const cure = 'look at the log of the API server, and at what stands between it and the agent';
  return trouble('feeds', { severity: 'problem', detail: describeError(error), cure });
}

function forbiddenFinding(spec: FeedSpec): Finding {
  const verbs = spec.mode === 'poll' ? 'list' : 'list and watch';
  const what = spec.group === '' ? spec.resource : `${spec.resource}.${spec.group}`;
  const cause = `FORBIDDEN: the service account may not ${verbs}`;
  const member = `${what}${spec.namespace === '' ? '' : ` in ${spec.namespace}`}`;
  return trouble(`feed/${spec.name}`, {
    severity: isIndispensable(spec.name) ? 'problem' : 'warning',
    detail: `${cause} ${member}`,
    cure: forbiddenCure(spec),
    group: { cause, member },
  });
}

function absentExtra({ name, group, versions, resource }: FeedSpec): Finding {
  return trouble(`feed/${name}`, {
    severity: 'warning',
    detail: `EXTRA_KINDS names ${group}/${versions[0]}/${resource}, and this cluster does not serve it`,
    cure: 'correct the name (kubectl api-resources shows them), unless the kind is still to come',
  });
}

function unknownFinding(spec: FeedSpec): Finding {
  return trouble(`feed/${spec.name}`, {
    severity: 'warning',
    detail: `the API server of ${spec.group} does not answer`,
    cure: `look at the APIService of ${spec.group}: kubectl get apiservices`,
  });
}

function unsupportedFinding(spec: FeedSpec, reason: string): Finding {
  return trouble(`feed/${spec.name}`, {
    severity: 'warning',
    detail: `${spec.resource}.${spec.group} is ${reason}`,
    cure:
      spec.isExtra === true
        ? 'name a version that is served; kubectl api-resources shows it'
        : 'upgrade the agent; until then the platform keeps what it has of it, and hears no changes',
  });
}
