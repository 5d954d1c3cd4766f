import { tryParseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import { toOneLine } from '@castai/shared/http/one-line.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { isObject } from '@castai/shared/kube/read-value.ts';
import {
  type Action,
  ACTION_KINDS,
  type ActionBody,
  type ActionKind,
  type CreateEvent,
  type ObjectPatchType,
  type Taint,
  type Unusable,
} from './action.ts';
import {
  booleanIn,
  FieldProblem,
  listIn,
  nameIn,
  nodeIdsIn,
  objectIdIn,
  recordIn,
  requiredTextIn,
  secondsIn,
  textIn,
  textsIn,
  timeIn,
} from './parse-fields.ts';

/** What one item of an answer is. */
export type ParsedItem =
  | { readonly is: 'action'; readonly action: Action }
  | { readonly is: 'unusable'; readonly unusable: Unusable }
  /** It has no id by which it could be answered. */
  | { readonly is: 'nameless' };

type Fields = Readonly<Record<string, unknown>>;

/** The existing controller's, where the action says none. */
const VOLUMES_MS = 60_000;
const CHECK_MS = 9 * 60_000;
/** The existing controller waits for ever when it is told 0; what never ends would hold its lane and a place for good. */
const LONGEST_EVICTION_MS = 3_600_000;
const DRAIN_MS = 20 * 60_000;
const ID = /^[\w.:-]{1,128}$/u;
const FIELD_OF_KIND = new Map<string, ActionKind>(ACTION_KINDS.map((kind) => [fieldOf(kind), kind]));

/** Reads one item of an answer. Total: whatever was sent is one of the three; what cannot be carried out is told, never dropped. */
export function parseAction(item: unknown): ParsedItem {
  if (!isRecord(item)) return { is: 'nameless' };
  const { id } = item;
  if (typeof id !== 'string' || !ID.test(id)) return { is: 'nameless' };
  const unusable = (code: Unusable['code'], problem: string): ParsedItem => ({
    is: 'unusable',
    unusable: { id, code, problem },
  });
  const fields = Object.keys(item).filter((name) => isKind(name, item[name]));
  const [field, second] = fields;
  if (field === undefined) return unusable('invalid', 'the action has no kind');
  if (second !== undefined) {
    return unusable('invalid', `the action has more than one kind: ${toOneLine(fields.slice(0, 8).join(', '))}`);
  }
  const kind = FIELD_OF_KIND.get(field);
  if (kind === undefined) return unusable('unsupported', `${toOneLine(field)} is no kind that is carried out`);
  try {
    const value = recordIn(item, field) ?? {};
    const createdAtMs = timeIn(item, 'createdAt');
    const time = createdAtMs === undefined ? {} : { createdAtMs };
    return { is: 'action', action: { id, ...time, body: PARSERS[kind](value) } };
  } catch (error) {
    if (error instanceof FieldProblem) return unusable('invalid', `${field}: ${error.message}`);
    throw error;
  }
}

/** A kind of a later server is an object as well; a word or a number under such a name is no kind. */
function isKind(name: string, value: unknown): boolean {
  return FIELD_OF_KIND.has(name)
    ? value !== null && value !== undefined
    : /^action[A-Z]/u.test(name) && isObject(value);
}

/** The member of the wire for a kind. */
function fieldOf(kind: ActionKind): string {
  return `action${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}

const PARSERS: Readonly<Record<ActionKind, (fields: Fields) => ActionBody>> = {
  drainNode: (fields) => ({
    kind: 'drainNode',
    node: nodeIdsIn(fields),
    timeoutMs: secondsIn(fields, 'drainTimeoutSeconds') ?? DRAIN_MS,
    force: booleanIn(fields, 'force') ?? false,
    awaitsVolumes: booleanIn(fields, 'waitForVolumeDetach') ?? false,
    volumesMs: secondsIn(fields, 'volumeDetachTimeoutSeconds') ?? VOLUMES_MS,
  }),
  deleteNode: (fields) => ({ kind: 'deleteNode', node: nodeIdsIn(fields) }),
  patchNode: (fields) => {
    const unschedulable = booleanIn(fields, 'unschedulable');
    return {
      kind: 'patchNode',
      node: nodeIdsIn(fields),
      labels: textsIn(fields, 'labels'),
      annotations: textsIn(fields, 'annotations'),
      taints: listIn(fields, 'taints').map(parseTaint),
      ...(unschedulable === undefined ? {} : { unschedulable }),
      capacity: textsIn(fields, 'capacity'),
    };
  },
  createEvent: parseEvent,
  checkNodeDeleted: (fields) => ({ kind: 'checkNodeDeleted', node: nodeIdsIn(fields) }),
  checkNodeStatus: (fields) => ({
    kind: 'checkNodeStatus',
    node: nodeIdsIn(fields),
    wanted: parseWanted(requiredTextIn(fields, 'nodeStatus')),
    timeoutMs: secondsIn(fields, 'waitTimeoutSeconds') || CHECK_MS,
  }),
  evictPod: (fields) => ({
    kind: 'evictPod',
    namespace: nameIn(fields, 'namespace'),
    name: nameIn(fields, 'podName'),
    timeoutMs: secondsIn(fields, 'timeoutSeconds') || LONGEST_EVICTION_MS,
  }),
  patch: (fields) => {
    const patchType = parsePatchType(requiredTextIn(fields, 'patchType'));
    return {
      kind: 'patch',
      object: objectIdIn(recordIn(fields, 'id') ?? {}),
      patchType,
      patch: parsePatch(requiredTextIn(fields, 'patch')),
    };
  },
  create: (fields) => {
    const manifest = recordIn(fields, 'object') ?? {};
    return { kind: 'create', object: objectIdIn(fields, recordIn(manifest, 'metadata') ?? {}), manifest };
  },
  delete: (fields) => ({ kind: 'delete', object: objectIdIn(recordIn(fields, 'id') ?? {}) }),
  disconnectCluster: () => ({ kind: 'disconnectCluster' }),
};

const EFFECTS: ReadonlySet<string> = new Set(['NoSchedule', 'PreferNoSchedule', 'NoExecute']);

function parseTaint(value: unknown): Taint {
  if (!isRecord(value)) throw new FieldProblem('taints has an entry that is no taint');
  const taint = {
    key: requiredTextIn(value, 'key'),
    value: textIn(value, 'value'),
    effect: requiredTextIn(value, 'effect'),
  };
  if (!EFFECTS.has(taint.effect)) throw new FieldProblem('taints has an effect that Kubernetes does not know');
  return taint;
}

function parseEvent(fields: Fields): CreateEvent {
  const about = recordIn(fields, 'objectReference') ?? recordIn(fields, 'objectRef') ?? {};
  const namespace = textIn(about, 'namespace');
  const atMs = timeIn(fields, 'eventTime');
  return {
    kind: 'createEvent',
    reporter: textIn(fields, 'reportingComponent') || textIn(fields, 'reporter'),
    about: {
      apiVersion: textIn(about, 'apiVersion'),
      kind: textIn(about, 'kind'),
      namespace: namespace === '' ? '' : nameIn(about, 'namespace'),
      name: textIn(about, 'name'),
      uid: textIn(about, 'uid'),
      resourceVersion: textIn(about, 'resourceVersion'),
      fieldPath: textIn(about, 'fieldPath'),
    },
    ...(atMs === undefined ? {} : { atMs }),
    // The API server knows these two only.
    type: textIn(fields, 'eventType') === 'Warning' ? 'Warning' : 'Normal',
    reason: requiredTextIn(fields, 'reason'),
    action: textIn(fields, 'action'),
    message: textIn(fields, 'message'),
  };
}

function parseWanted(text: string): 'ready' | 'deleted' {
  if (text === 'NodeStatus_READY') return 'ready';
  if (text === 'NodeStatus_DELETED') return 'deleted';
  throw new FieldProblem('nodeStatus is neither NodeStatus_READY nor NodeStatus_DELETED');
}

function parsePatchType(text: string): ObjectPatchType {
  switch (text) {
    case 'application/json-patch+json':
    case 'application/merge-patch+json':
    case 'application/strategic-merge-patch+json':
      return text;
    default:
      throw new FieldProblem('patchType is no type of patch that is carried out');
  }
}

function parsePatch(text: string): unknown {
  const value = tryParseKubeJson(text);
  if (value === undefined) throw new FieldProblem('patch is no JSON');
  if (isObject(value) || Array.isArray(value)) return value;
  throw new FieldProblem('patch is neither an object nor a list');
}
