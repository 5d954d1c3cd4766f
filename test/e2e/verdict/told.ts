/** Whose name stands for which `host:port` in what is told. */
export type Hosts = readonly (readonly [host: string, name: string])[];

/** A text without what differs from run to run. */
export function told(text: string, hosts: Hosts): string {
  return (
    hosts
      .reduce((sum, [host, name]) => sum.replaceAll(host, name), text)
      .replaceAll(/\/\S*castai-(?:verdict|waagent|e2e)-\w+/gu, '<folder>')
      .replaceAll(/after [\d.]+ (?:s|min|h)(?: \d+ s)?/gu, 'after <duration>')
      // Dates of answers have whole seconds.
      .replaceAll(/is [\d.]+ (?:h|min|s)(?: \d+ (?:min|s))? (?=ahead|behind)/gu, 'is <duration> ')
      .replaceAll(/[\d.]+ s ago/gu, '<duration> ago')
      .replaceAll(/, \d+ times/gu, '')
      // Which of these comes first, and how far the rest is by then, is chance.
      .replaceAll(/read ECONNRESET|socket hang up|other side closed/gu, 'connect ECONNREFUSED api-server')
      .replaceAll(/\d+ (?=feeds live|nodes and|pods are known)/gu, '<count> ')
      .replaceAll(/list and watch [^(]*\(\d+ of \d+\)/gu, 'list and watch <kinds>')
      .replaceAll(/; set agent\.rbac\.\w+ to true in the chart, or \w+ to false if it is meant/gu, '')
      .replaceAll(/\d+ (of|are) (?=\d* ?(?:feeds may|not served))/gu, '<n> $1 ')
      .replaceAll(/<n> of \d+/gu, '<n> of <n>')
      .replaceAll(/; still \w+: [\w-]+$/gu, '')
      .replaceAll(/[\d,]+ (?=changes|entries)/gu, '<count> ')
      .replaceAll(/[\d.]+ of 1.0 MiB/gu, '<amount> of 1.0 MiB')
      // A request that is waited for, and one that was given up.
      .replaceAll(/no answer within \d+ s(?:; it is waited for)?/gu, 'no answer within <duration>')
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gu, '<id>')
      .replaceAll(/at 20\d\d-[\d-]+T[\d:.]+Z/gu, 'at <time>')
  );
}

/** `host:port` of an address. */
export const hostOf = (url: string): string => new URL(url).host;
