import type { MetricsRegistry } from '@castai/shared/metrics/metrics.ts';

/** A gauge with one label, whose values are not known in advance. */
export interface ToldSeriesSpec {
  readonly name: string;
  readonly help: string;
  readonly label: string;
}

/** Shows what is told now, by the value of the label; undefined: there is nothing to tell of this one. */
export type ShowSeries = (values: ReadonlyMap<string, number | undefined>) => void;

/** Registers a gauge that has a series for each value that is told, and no other: one that is told no more ends. */
export function registerToldSeries(registry: MetricsRegistry, { name, help, label }: ToldSeriesSpec): ShowSeries {
  const gauge = registry.gauge({ name, help, labels: { [label]: [] } });
  let told: readonly string[] = [];
  return (values) => {
    for (const value of told) if (values.get(value) === undefined) gauge.remove({ [label]: value });
    for (const [value, amount] of values) if (amount !== undefined) gauge.set({ [label]: value }, amount);
    told = [...values.keys()];
  };
}
