import { closestName } from '@castai/shared/config/unknown-variables.ts';
import type { ReportDocument } from '../report/report-document.ts';
import type { ReasonText } from '../simulate/reason.ts';

/** A reason with what it means and what to do. */
export interface ExplainedReason extends ReasonText {
  readonly reason: string;
  readonly detail: string;
  /** Those that it is about; empty: the node itself. */
  readonly pods: readonly string[];
}

/** All that a report says of one node. */
export interface NodeExplanation {
  readonly node: string;
  /** ISO 8601. */
  readonly at: string;
  /** Null: nobody looked for nodes that could go, or not at this one yet, which is the only reason then. */
  readonly canGo: boolean | null;
  readonly moves: readonly { readonly pod: string; readonly to: string }[];
  readonly stays: readonly ExplainedReason[];
  readonly renew: readonly ExplainedReason[];
  /** Disruption budgets that its pods are kept by, of those that something is wrong with. */
  readonly budgets: readonly string[];
}

/** Explains a node; a text when the report does not know it. */
export function explainNode(report: ReportDocument, name: string): NodeExplanation | string {
  const removable = report.removable.find(({ node }) => node === name);
  const blocked = report.blocked.find(({ node }) => node === name);
  const renew = report.renew.filter(({ node }) => node === name);
  if (removable === undefined && blocked === undefined && renew.length === 0) return whyUnknown(report, name);
  const stays = blocked === undefined ? [] : explainAll(blocked.blockers, report);
  return {
    node: name,
    at: report.at,
    canGo: removable !== undefined || (isLookedAt(blocked) ? false : null),
    moves: removable?.moves ?? [],
    stays,
    renew: explainAll(renew, report),
    budgets: report.budgets
      .filter(({ budget }) => stays.some(({ detail }) => detail.split(/[ ,]+/u).includes(budget)))
      .map(({ budget, reason }) => `${budget}: ${reason}`),
  };
}

function isLookedAt(blocked: ReportDocument['blocked'][number] | undefined): boolean {
  return blocked !== undefined && blocked.blockers.some(({ reason }) => reason !== 'not_looked_at');
}

function whyUnknown(report: ReportDocument, name: string): string {
  const names = [...report.removable, ...report.blocked, ...report.renew].map(({ node }) => node);
  const meant = closestName(name, [...new Set(names)]);
  if (meant !== undefined) return `the report knows no node ${name}: did you mean ${meant}?`;
  const isSearched = report.removable.length + report.blocked.length > 0;
  return isSearched
    ? `the report knows no node ${name}: it may be newer than the look of ${report.at}`
    : `the report has nothing to say of ${name}: nobody looks for nodes that could go, and nothing is wrong with it`;
}

/** Those that say the same of several pods are one. */
function explainAll(
  found: readonly { readonly reason: string; readonly pod?: string; readonly detail: string }[],
  { reasons }: ReportDocument,
): ExplainedReason[] {
  const alike = Map.groupBy(found, ({ reason, detail }) => `${reason}\n${detail}`);
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { reason, detail } = first;
    const { words = '', cure = '' } = reasons[reason] ?? {};
    return [{ reason, detail, words, cure, pods: some.flatMap(({ pod }) => pod ?? []) }];
  });
}
