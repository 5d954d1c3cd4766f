/** One series of a Prometheus text exposition. */
export interface MetricSample {
  readonly name: string;
  /** The text between the braces; empty without labels. */
  readonly labels: string;
  readonly value: number;
}

/** Reads the text format of Prometheus as far as our own programs write it. Comments and what is no sample are left out. */
export function parseMetrics(exposition: string): MetricSample[] {
  return [...exposition.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gmu)].map(
    ([, name = '', labels = '', value]) => ({ name, labels, value: Number(value) }),
  );
}

/** The sum of all series of one name; 0 when there is none. */
export function sumOf(samples: readonly MetricSample[], name: string): number {
  return samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
}
