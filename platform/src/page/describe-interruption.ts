/** What a spot handler reports. The same fields come in camel case from others. */
export interface InterruptionReport {
  readonly event_type?: string;
  readonly eventType?: string;
  readonly node_id?: string;
  readonly nodeId?: string;
  readonly provider_id?: string | null;
  readonly providerId?: string | null;
}

/** The report in a line, for the page. */
export function describeInterruption(report: InterruptionReport): string {
  const { event_type: type = report.eventType, node_id: nodeId = report.nodeId ?? '' } = report;
  const providerId = report.provider_id ?? report.providerId ?? '';
  const what = type === 'rebalanceRecommendation' ? 'a rebalance is recommended' : 'the machine is about to be taken';
  const who = [nodeId === '' ? [] : `node ${nodeId}`, providerId === '' ? [] : shortened(providerId)].flat().join(', ');
  return `${what}: ${who === '' ? 'nothing says which' : who}`;
}

/** Azure's ids fill five lines; their end says which machine. */
function shortened(providerId: string): string {
  return providerId.length > 60 ? `…/${providerId.split('/').slice(-4).join('/')}` : providerId;
}
