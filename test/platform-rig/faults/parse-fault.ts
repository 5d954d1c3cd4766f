/** Faults as operators write them (JSON, on the command line or by the control API) into rules. Pure. */
import { AGENT_CALLS, type AgentCall } from '@castai/platform/front/route.ts';
import { FAULT_TYPES, type FaultAction, type FaultRule, WRONG_WANTED } from './fault-rules.ts';

/** How a fault is written. What is left out means: any call, any cluster, at once, until cleared, always. */
export interface FaultRequest {
  readonly on?: AgentCall | readonly AgentCall[];
  readonly cluster?: string;
  readonly skip?: number;
  readonly times?: number;
  readonly probability?: number;
  readonly action: FaultAction;
}

type FieldKind = 'string' | 'count';

/** Fields of each action; a `?` marks one that may be left out. */
const ACTION_FIELDS: Readonly<Record<FaultAction['type'], Readonly<Record<string, FieldKind | `${FieldKind}?`>>>> = {
  status: { status: 'count', retryAfter: 'string?', code: 'string?' },
  drop: {},
  cutAt: { bytes: 'count' },
  loseAnswer: {},
  closeIdle: { ms: 'count' },
  delay: { ms: 'count' },
  notAck: { body: 'string?' },
  redirect: { location: 'string?' },
  limit: { bytes: 'count' },
  poison: { name: 'string', as: 'string' },
  refuseEncoding: { encoding: 'string' },
  slowRead: { bytesPerSecond: 'count' },
  wrongAck: { epoch: 'count?', seq: 'count?', entryCount: 'count?' },
  newerPlatform: {},
  noOffers: {},
  wrongWanted: { wanted: 'string' },
};

/** Checks a fault request and gives it an id. Throws `RangeError` that says what is wrong. */
export function parseFault(value: unknown, id: string): FaultRule {
  const request = asRecord(value, 'a fault');
  const extra = Object.keys(request).find(
    (key) => !['on', 'cluster', 'skip', 'times', 'probability', 'action'].includes(key),
  );
  if (extra !== undefined) throw new RangeError(`a fault has no field ${extra}`);
  const { cluster } = request;
  if (cluster !== undefined && typeof cluster !== 'string') throw new RangeError('cluster must be a string');
  return {
    id,
    on: parseCalls(request['on']),
    cluster,
    skip: optionalNumber(request, 'skip') ?? 0,
    times: optionalNumber(request, 'times'),
    probability: optionalNumber(request, 'probability') ?? 1,
    action: parseAction(request['action']),
  };
}

function parseCalls(value: unknown): AgentCall[] {
  const names: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return names.map((name) => {
    const call = AGENT_CALLS.find((candidate) => candidate === name);
    if (call === undefined) throw new RangeError(`on must be of ${AGENT_CALLS.join(', ')}`);
    return call;
  });
}

function parseAction(value: unknown): FaultAction {
  const action = asRecord(value, 'action');
  const type = FAULT_TYPES.find((candidate) => candidate === action['type']);
  if (type === undefined) throw new RangeError(`action.type must be one of ${FAULT_TYPES.join(', ')}`);
  const fields = ACTION_FIELDS[type];
  for (const key of Object.keys(action)) {
    if (key !== 'type' && !(key in fields)) throw new RangeError(`a ${type} fault has no field ${key}`);
  }
  for (const [key, kind] of Object.entries(fields)) checkField(action, key, kind);
  if (type === 'poison' && action['as'] !== 'batch' && action['as'] !== 'entry') {
    throw new RangeError('action.as must be batch or entry');
  }
  if (type === 'wrongWanted' && !WRONG_WANTED.some((one) => one === action['wanted'])) {
    throw new RangeError(`action.wanted must be one of ${WRONG_WANTED.join(', ')}`);
  }
  return action as FaultAction;
}

function checkField(action: Readonly<Record<string, unknown>>, key: string, kind: string): void {
  const value = action[key];
  if (value === undefined && kind.endsWith('?')) return;
  const fits = kind.startsWith('string') ? typeof value === 'string' : Number.isFinite(value);
  if (!fits) throw new RangeError(`action.${key} must be a ${kind.startsWith('string') ? 'string' : 'number'}`);
}

function optionalNumber(record: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = record[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0)) throw new RangeError(`${key} must be a number, 0 or more`);
  return value;
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RangeError(`${what} must be an object`);
}
