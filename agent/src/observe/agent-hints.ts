/** What an operator may do about what the pipeline meets, or why that needs nobody, by the code of what was met. */
import type { UnreadableReason } from '@castai/shared/kube/json/unreadable-object.ts';
import type { SnapshotReason } from '../deliver/deltas/snapshot-wishes.ts';
import type { Uselessness } from '../deliver/tenure-state.ts';
import type { SurveyQuestion } from '../feeds/supervisor.ts';

/** Of a lease that was given back for want of use. */
export const USELESS_HINTS: Record<Uselessness, string> = {
  NO_PLATFORM:
    'the platform has confirmed nothing for ten minutes: see the last refusal, and the way to it from this node',
  NO_WATCH:
    'the API server has told nothing of any feed for ten minutes: see the feeds, and the way to it from this node',
};

/** Of a full snapshot that had to be begun; empty: that is as it should be. */
export const SNAPSHOT_HINTS: Record<SnapshotReason, string> = {
  FIRST: '',
  NOT_TAKEN: 'the one before was cut or not taken: see the last refusal',
  TOKEN_REFUSED: 'the platform has lost its token, an answer was lost, or another agent sends for this cluster',
  HISTORY_LOST: 'a list had to be made again: what was deleted meanwhile is known only from a snapshot',
  NOT_SERVED: 'the cluster serves a resource no more, and its objects have to go',
  OTHER_VERSION: 'the cluster serves a resource in another version only',
  ASKED: '',
};

/** What the API server was asked, and did not answer. */
export const SURVEY_QUESTIONS: Record<SurveyQuestion, string> = {
  discovery: 'the API server could not be asked what it serves',
  reviews: 'the API server could not be asked what may be read',
  cluster: 'the API server could not be asked which cluster it is',
};

/** What it refuses to be asked, and what is done instead. */
export const REFUSED_QUESTIONS = {
  discovery: 'the API server does not tell us what it serves: each list is tried in the versions that this agent knows',
  reviews: 'the API server does not review our access: each list is tried, and its own answer counts',
};

/** Of an object that cannot be read. */
export const UNREADABLE_HINTS: Record<UnreadableReason, string> = {
  TOO_LARGE: 'make it smaller; what the platform has of it stays as it was',
  NOT_JSON: 'look at it with kubectl, and at whatever lies between agent and API server',
  NOT_PROTOBUF: 'its kind is read as JSON from now on; report what it was as a bug',
  NOT_AN_OBJECT: 'whatever serves it writes no metadata as Kubernetes has it: ask its makers',
  NO_VERSION: 'whatever serves it writes no resourceVersion: ask its makers',
  KEEP_FAILED: 'it could be read, and what may leave could not be made of it: report it as a bug',
};
