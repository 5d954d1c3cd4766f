import type { ReportDocument } from '@castai/evictor/report/report-document.ts';
import { DemoFollower, type DemoFollowerOptions, type StartedFollower } from './demo-follower.ts';

/** The evictor of the demo's cluster: its report is on the platform's page, and what it comes to in a line. It changes nothing, whosever the cluster is. */
export function createDemoEvictor(options: DemoFollowerOptions): DemoFollower {
  return new DemoFollower(options, { program: 'evictor', env: {}, tell: (started) => tell(options, started) });
}

async function tell(
  { platform, say }: DemoFollowerOptions,
  { address, clusterId, until }: StartedFollower,
): Promise<void> {
  const report = await until(async () => {
    const answer = await fetch(`${address}/report`);
    return answer.status === 200 ? ((await answer.json()) as ReportDocument) : undefined;
  });
  if (report === undefined) return;
  const { removable, renew, nodes, saved } = report;
  const toRenew = new Set(renew.map(({ node }) => node)).size;
  say(`evictor    ${removable.length} of ${nodes} nodes could go (${saved.cores} cores), ${toRenew} must be renewed`);
  say(`           why and where to: ${platform.url}/?view=evictor&cluster=${clusterId}`);
}
