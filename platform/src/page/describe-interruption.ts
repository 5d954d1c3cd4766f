type Fields = Readonly<Record<string, unknown>>;

/** What a spot handler reports, in a line for the page. Fields may come in camel case, as from others. */
export function describeInterruption(report: Fields): string {
  const isAdvice = text(report, 'event_type', 'eventType') === 'rebalanceRecommendation';
  const what = isAdvice ? 'a rebalance is recommended' : 'the machine is about to be taken';
  const nodeId = text(report, 'node_id', 'nodeId');
  const providerId = text(report, 'provider_id', 'providerId');
  const who = [nodeId === '' ? [] : `node ${nodeId}`, providerId === '' ? [] : shortened(providerId)].flat().join(', ');
  return `${what}: ${who === '' ? 'nothing says which' : who}`;
}

/** Azure's ids fill five lines; their end says which machine. */
function shortened(providerId: string): string {
  return providerId.length > 60 ? `…/${providerId.split('/').slice(-4).join('/')}` : providerId;
}

function text(report: Fields, snakeCase: string, camelCase: string): string {
  const value = report[snakeCase] ?? report[camelCase];
  return typeof value === 'string' ? value : '';
}
