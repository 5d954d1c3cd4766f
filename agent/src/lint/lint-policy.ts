import { createHash } from 'node:crypto';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { WantedFields, WantsFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import { wantedByBoth } from '../scrub/wanted-fields.ts';
import { type IsRead, isJudgedElsewhere } from './is-judged-elsewhere.ts';
import { type JudgedKind, judgedKind, kindKey } from './judged-kinds.ts';
import type { LintRule } from './lint-rule.ts';
import { LINT_MEANING, LINT_RULES } from './lint-rules.ts';
import { PodPart } from './pod-part.ts';
import { partAt } from './read-part.ts';
import { suppressionOf } from './suppression.ts';

/** Ids of the rules that an object breaks, in the order of the table; undefined: it is not judged. Never throws. */
export type Judge = (object: KubeObject) => readonly string[] | undefined;

/** The manifest lint, one feed at a time. */
export interface LintPolicy {
  /** Undefined where nothing of the feed is judged. */
  judge(spec: FeedKind): Judge | undefined;
  /** Another number wherever another finding may come of the same object; 0 where nothing is judged. */
  version(spec: FeedKind): number;
}

/** What it needs to know of a feed. */
type FeedKind = Pick<FeedSpec, 'group' | 'kind'>;

/** What the lint works with. */
export interface LintOptions {
  /** Every feed that is read: an object is not judged where its owner is. */
  readonly specs: readonly FeedKind[];
  /** A rule could not judge an object, because that is not what its schema says. The other rules go on. */
  readonly onError: (ruleId: string) => void;
  readonly rules?: readonly LintRule[];
}

/** Rules for single objects. They read what may not leave: they look at the object before it is scrubbed, and only their ids leave. */
export function lintPolicy({ specs, onError, rules = LINT_RULES }: LintOptions): LintPolicy & WantsFields<FeedKind> {
  const kinds = specs.filter(({ group, kind }) => judgedKind(group, kind) !== undefined);
  const read = new Set(kinds.map(({ group, kind }) => kindKey(group, kind)));
  const rulesOf = ({ about }: JudgedKind): readonly LintRule[] => rules.filter((rule) => rule.about === about);
  return {
    judge: ({ group, kind }) => {
      const judged = judgedKind(group, kind);
      if (judged === undefined) return undefined;
      const isRead = (owner: string): boolean => read.has(owner);
      return judgeOf({ kind: kindKey(group, kind), judged, rules: rulesOf(judged), isRead, onError });
    },
    wanted: ({ group, kind }) => {
      const judged = judgedKind(group, kind);
      return judged === undefined ? new Map() : wantedBy(judged);
    },
    version: ({ group, kind }) => {
      const judged = judgedKind(group, kind);
      if (judged === undefined) return 0;
      const text = JSON.stringify([LINT_MEANING, rulesOf(judged).map(({ id }) => id), [...read].toSorted()]);
      return createHash('sha256').update(text).digest().readUInt32BE() || 1;
    },
  };
}

/** Of what makes pods the specification of these; other kinds are small. Owner, suppressions and labels are in the metadata. */
function wantedBy({ about, path }: JudgedKind): WantedFields {
  if (about !== 'pod') return 'all';
  const pod = path.reduceRight<WantedFields>((within, key) => new Map([[key, within]]), 'all');
  return wantedByBoth(pod, new Map([['metadata', 'all']]));
}

interface Judging {
  readonly kind: string;
  readonly judged: JudgedKind;
  readonly rules: readonly LintRule[];
  readonly isRead: IsRead;
  readonly onError: LintOptions['onError'];
}

function judgeOf({ kind, judged, rules, isRead, onError }: Judging): Judge {
  return (object) => {
    // Of metadata that is none neither owner nor annotations can be told: it is judged as if it had none.
    if (orElse(false, () => isJudgedElsewhere(object, kind, isRead) || isBuiltIn(object))) return undefined;
    const isSuppressed = orElse(never, () => suppressionOf(object.metadata));
    const pod = new LazyPod(object, judged);
    return rules
      .filter((rule) => {
        if (isSuppressed(rule.id)) return false;
        try {
          return rule.about === 'pod' ? rule.isBroken(pod.part) : rule.isBroken(object);
        } catch {
          onError(rule.id);
          return false;
        }
      })
      .map(({ id }) => id);
  };
}

/** Read when the first rule asks for it, so that one that cannot be read is an error of each rule that needs it. */
class LazyPod {
  readonly #object: KubeObject;
  readonly #path: readonly string[];
  #part: PodPart | undefined;

  constructor(object: KubeObject, { path }: JudgedKind) {
    this.#object = object;
    this.#path = path;
  }

  get part(): PodPart {
    this.#part ??= new PodPart(this.#path.reduce<ReturnType<typeof partAt>>(partAt, this.#object));
    return this.#part;
  }
}

/** The roles that every cluster has, cluster-admin among them: nobody wrote their manifests, and the API server undoes what is changed. */
function isBuiltIn({ metadata }: KubeObject): boolean {
  return partAt(metadata, 'labels')?.['kubernetes.io/bootstrapping'] === 'rbac-defaults';
}

const never = (): boolean => false;

function orElse<Value>(otherwise: Value, read: () => Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
