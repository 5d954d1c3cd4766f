import type {
  EvictorReport,
  ReportedBlocker,
  ReportedRemoval,
  ReportedRenewal,
  ReportedStay,
} from '@castai/shared/wire/evictor/evictor-report.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { invalid } from '../answer/refusal.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The report in a body: what is known of its fields, and nothing else. Throws `Refusal` 400, which names the field. */
export function parseEvictorReport(body: Fields): EvictorReport {
  const saved = recordAt(body, 'saved');
  const leftOut = recordAt(body, 'leftOut');
  const at = textAt(body, 'at');
  if (!Number.isFinite(Date.parse(at))) throw invalid('at must be a time');
  return {
    at,
    nodes: numberAt(body, 'nodes'),
    pods: numberAt(body, 'pods'),
    controlPlane: textAt(body, 'controlPlane'),
    saved: { cores: numberAt(saved, 'cores'), gibibytes: numberAt(saved, 'gibibytes') },
    removable: recordsAt(body, 'removable').map(removal),
    blocked: recordsAt(body, 'blocked').map(stay),
    renew: recordsAt(body, 'renew').map(renewal),
    words: Object.fromEntries(
      Object.entries(recordAt(body, 'words')).map(([reason, told]) => {
        if (!isRecord(told)) throw invalid('every member of words must be an object');
        return [reason, { words: textAt(told, 'words'), cure: textAt(told, 'cure') }];
      }),
    ),
    leftOut: {
      moves: numberAt(leftOut, 'moves'),
      blockers: numberAt(leftOut, 'blockers'),
      nodes: numberAt(leftOut, 'nodes'),
    },
  };
}

function removal(one: Fields): ReportedRemoval {
  const moves = recordsAt(one, 'moves').map((move) => ({ pod: textAt(move, 'pod'), to: textAt(move, 'to') }));
  return { node: textAt(one, 'node'), moves };
}

function stay(one: Fields): ReportedStay {
  return { node: textAt(one, 'node'), blockers: recordsAt(one, 'blockers').map(blocker) };
}

function blocker(one: Fields): ReportedBlocker {
  return { reason: textAt(one, 'reason'), pod: textAt(one, 'pod'), detail: textAt(one, 'detail') };
}

function renewal(one: Fields): ReportedRenewal {
  return { node: textAt(one, 'node'), reason: textAt(one, 'reason'), detail: textAt(one, 'detail') };
}

function textAt(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw invalid(`${name} must be a string`);
}

function numberAt(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw invalid(`${name} must be a number, not below 0`);
}

function recordAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (isRecord(value)) return value;
  throw invalid(`${name} must be an object`);
}

function recordsAt(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw invalid(`${name} must be a list of objects`);
}
