/** What happens to what is scraped without anything being wrong with the product, or when nobody can be asked: for promtool's tests. */

/** A series of a promtool test. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** One sample as promtool writes it: a number, `_` for none, `stale` for the end of a series. */
type Sample = string;

/** Changes what a healthy installation exports, from the middle of the test on. */
export type Hazard = (input: readonly InputSeries[]) => InputSeries[];

const MISSED_MINUTES = 6;

/** The programs restart in place: counters begin at 0. */
export const counterReset: Hazard = (input) =>
  input.map((series) => (isCounter(series) ? change(series, (samples, from) => restarted(samples, from)) : series));

/** Nobody scrapes for six minutes, longer than Prometheus looks back. */
export function scrapeGap(intervalMinutes: number): Hazard {
  const missed = Math.ceil(MISSED_MINUTES / intervalMinutes);
  return (input) =>
    input.map((series) =>
      change(series, (samples, from) =>
        samples.map((sample, index) => (index >= from && index < from + missed ? '_' : sample)),
      ),
    );
}

/** Other pods take over after two scrapes: the old series end, new ones begin, their counters at 0. */
export const failover: Hazard = (input) =>
  input.flatMap((series) => {
    if (isOfCluster(series)) return [series];
    const next = { ...series, series: withInstance(series.series, 'next') };
    return [
      change(series, (samples, from) => ended(samples, from)),
      change(next, (samples, from) => {
        const later = isCounter(series) ? restarted(samples, from + 2) : samples;
        return later.map((sample, index) => (index < from + 2 ? '_' : sample));
      }),
    ];
  });

/** The programs do not answer a scrape any more. */
export const endpointDown: Hazard = (input) =>
  input.map((series) => {
    if (isOfCluster(series)) return series;
    if (nameOf(series) !== 'up') return change(series, (samples, from) => ended(samples, from));
    return change(series, (samples, from) => samples.map((sample, index) => (index < from ? sample : '0')));
  });

/** The targets answer, and what the alerts are about is not in the answer any more. */
export const seriesVanished: Hazard = (input) =>
  input.map((series) =>
    isOfCluster(series) || nameOf(series) === 'up' ? series : change(series, (samples, from) => ended(samples, from)),
  );

/** The name of the metric. */
export function nameOf({ series }: InputSeries): string {
  return series.replace(/\{.*/u, '');
}

/**
 * The samples that promtool makes of its notation: `1 2`, `0+4x3` (0 4 8 12), `5x2` (5 5 5), `_x3`, `stale`. Throws for anything else.
 */
export function expandValues(values: string): Sample[] {
  return values.split(' ').flatMap((word) => {
    const missing = /^_(?:x(?<times>\d+))?$/u.exec(word);
    if (missing !== null) return Array<Sample>(Number(missing.groups?.['times'] ?? 1)).fill('_');
    if (word === 'stale') return [word];
    const { first, step, times } =
      /^(?<first>[\d.]+)(?<step>[+-][\d.]+)?(?:x(?<times>\d+))?$/u.exec(word)?.groups ?? {};
    if (first === undefined) throw new Error(`no values of promtool: ${word}`);
    return Array.from({ length: Number(times ?? 0) + 1 }, (_, index) =>
      String(Number(first) + index * Number(step ?? 0)),
    );
  });
}

function change(series: InputSeries, how: (samples: Sample[], from: number) => Sample[]): InputSeries {
  const samples = expandValues(series.values);
  return { ...series, values: how(samples, Math.floor(samples.length / 2)).join(' ') };
}

function restarted(samples: readonly Sample[], from: number): Sample[] {
  const base = Number(samples[from] ?? 0);
  return samples.map((sample, index) => (index < from ? sample : String(Number(sample) - base)));
}

function ended(samples: readonly Sample[], from: number): Sample[] {
  return samples.map((sample, index) => (index < from ? sample : index === from ? 'stale' : '_'));
}

function isCounter(series: InputSeries): boolean {
  return nameOf(series).endsWith('_total');
}

/** Told by kube-state-metrics, which goes on. */
function isOfCluster(series: InputSeries): boolean {
  return nameOf(series).startsWith('kube_');
}

function withInstance(series: string, instance: string): string {
  const without = series.replace(/,? ?instance="[^"]*"/u, '');
  return without.replace(/\}$/u, `, instance="${instance}"}`).replace('{, ', '{');
}
