import type { AdminClient } from '@castai/shared/command/admin-client.ts';
import { parseStatus } from '@castai/shared/command/parse-status.ts';
import { isRecord } from '@castai/shared/kube/kube-object.ts';
import type { ReportDocument } from '../report/report-document.ts';

/** What a program answers that was asked for its report. */
export type ReportAnswer =
  | { readonly is: 'report'; readonly report: ReportDocument }
  /** It works, and has none: what it waits for, or who has. */
  | { readonly is: 'none'; readonly why: string }
  | { readonly is: 'nobody'; readonly why: string };

/** Asks a running evictor for its report. Rejects only with the reason of the signal. */
export async function askReport(client: AdminClient, signal: AbortSignal): Promise<ReportAnswer> {
  const answer = await client.get('/report', signal);
  if (!answer.ok) return { is: 'nobody', why: answer.why };
  const report = answer.status === 200 ? readReport(answer.text) : undefined;
  if (report !== undefined) return { is: 'report', report };
  const strange = `what answers is no evictor (HTTP ${String(answer.status)} for /report)`;
  return answer.status === 503 ? whyNone(client, signal) : { is: 'nobody', why: strange };
}

async function whyNone(client: AdminClient, signal: AbortSignal): Promise<ReportAnswer> {
  const [page, readiness] = await Promise.all([
    client.get('/statusz?format=json', signal),
    client.get('/readyz?format=json', signal),
  ]);
  const status = page.ok ? parseStatus(page.text, readiness.ok ? readiness.text : '') : undefined;
  const election = status?.document.sections.find(({ title }) => title === 'Election')?.rows;
  if (election !== undefined && 'role' in election && election['role'] === 'standby') {
    const holder = String(election['holder']);
    const pod = holder.split('_')[0] ?? '';
    const who = holder === '' ? 'nobody leads yet' : `${holder} leads: ask it, as with kubectl exec ${pod}`;
    return { is: 'none', why: `this replica stands by and knows nothing of the cluster; ${who}` };
  }
  const reasons = status?.reasons.join('; ') ?? '';
  return { is: 'none', why: reasons === '' ? 'there is no report yet' : `there is no report yet: ${reasons}` };
}

/** What an evictor of ours gives there has this form; of an older one parts are missing. */
function readReport(text: string): ReportDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isReport = isRecord(value) && Array.isArray(value['removable']) && isRecord(value['reasons']);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return isReport ? (value as unknown as ReportDocument) : undefined;
  } catch {
    return undefined;
  }
}
