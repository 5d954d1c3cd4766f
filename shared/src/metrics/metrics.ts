import * as prometheus from 'prom-client';
import { assert } from '../errors.ts';

/**
 * Label names and the values that each may take. An empty list means that the values are not known in advance; such a
 * series appears with its first value, so its first increase is invisible to `increase()`: avoid it for counters.
 */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** One value for each label. */
export type LabelValues<L extends Labels> = {
  readonly [Name in keyof L]: L[Name] extends readonly [] ? string : L[Name][number];
};

/** A number that only rises. */
export interface Counter<Arguments extends readonly unknown[] = []> {
  inc(...parameters: [...Arguments, by?: number]): void;
  /** Ends the series, when what it counted is gone. */
  remove(...parameters: Arguments): void;
}

/** A number that goes up and down. */
export interface Gauge<Arguments extends readonly unknown[] = []> {
  set(...parameters: [...Arguments, value: number]): void;
  /** Ends the series, when what it was about is gone. */
  remove(...parameters: Arguments): void;
}

/** Counts of values by size. */
export interface Histogram<Arguments extends readonly unknown[] = []> {
  observe(...parameters: [...Arguments, value: number]): void;
}

interface MetricSpec {
  readonly name: string;
  readonly help: string;
}

interface Labelled<L extends Labels> {
  readonly labels: L;
}

interface Bucketed {
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** Whose metrics these are. */
export interface RegistryOptions {
  /** `castai-agent`; its metrics begin with `castai_agent_`. */
  readonly program: string;
  readonly version: string;
  /** Names outside the program's prefix that are allowed because they are documented, such as `process_open_fds`. */
  readonly otherNames?: readonly string[];
}

/** A metric as a table in the documentation shows it. */
export interface MetricRow {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  /** Names of its labels. */
  readonly labels: readonly string[];
}

/** A scrape's answer. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** More series than this from one metric is a mistake in its labels. */
const MOST_SERIES = 1_000;

/**
 * The metrics of one program, in the text format of Prometheus.
 *
 * Every series of a known label combination exists from the start, with zero: a series that is born at 1 has an
 * increase of 0, so an alert on the first failure would never fire.
 */
export class MetricsRegistry {
  readonly #registry = new prometheus.Registry();
  readonly #prefix: string;
  readonly #otherNames: ReadonlySet<string>;
  readonly #updates: (() => void | Promise<void>)[] = [];
  readonly #rows: MetricRow[] = [];

  constructor(options: RegistryOptions) {
    this.#prefix = `${options.program.replaceAll('-', '_')}_`;
    this.#otherNames = new Set(options.otherNames);
    this.gauge({
      name: `${this.#prefix}build_info`,
      help: 'Version of the program and of the runtime it runs on; always 1.',
      labels: { version: [options.version], node_version: [] },
    }).set({ version: options.version, node_version: process.version }, 1);
  }

  /** A counter; its name ends in `_total`. */
  counter(spec: MetricSpec): Counter;
  counter<const L extends Labels>(spec: MetricSpec & Labelled<L>): Counter<[LabelValues<L>]>;
  counter(spec: MetricSpec & Partial<Labelled<Labels>>): Counter | Counter<[LabelValues<Labels>]> {
    const counter = new prometheus.Counter(this.#configuration(spec, 'counter'));
    for (const labels of combinations(spec)) counter.inc(labels, 0);
    return counter;
  }

  /** A gauge. */
  gauge(spec: MetricSpec): Gauge;
  gauge<const L extends Labels>(spec: MetricSpec & Labelled<L>): Gauge<[LabelValues<L>]>;
  gauge(spec: MetricSpec & Partial<Labelled<Labels>>): Gauge | Gauge<[LabelValues<Labels>]> {
    const gauge = new prometheus.Gauge(this.#configuration(spec, 'gauge'));
    for (const labels of combinations(spec)) gauge.set(labels, 0);
    return gauge;
  }

  /** A histogram; its name ends in the unit of its values. */
  histogram(spec: MetricSpec & Bucketed): Histogram;
  histogram<const L extends Labels>(spec: MetricSpec & Bucketed & Labelled<L>): Histogram<[LabelValues<L>]>;
  histogram(spec: MetricSpec & Bucketed & Partial<Labelled<Labels>>): Histogram | Histogram<[LabelValues<Labels>]> {
    const buckets = [...spec.buckets];
    const histogram = new prometheus.Histogram({ ...this.#configuration(spec, 'histogram'), buckets });
    for (const labels of combinations(spec)) histogram.zero(labels);
    return histogram;
  }

  /** Runs `update` before every scrape: for what costs nothing to look up but something to keep current. */
  beforeScrape(update: () => void | Promise<void>): void {
    this.#updates.push(update);
  }

  /** All metrics as text. Throws what a `beforeScrape` throws. */
  async expose(): Promise<Exposition> {
    await Promise.all(this.#updates.map(async (update) => update()));
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** All metrics, in the order in which they were made. */
  describe(): readonly MetricRow[] {
    return this.#rows;
  }

  #configuration(spec: MetricSpec & Partial<Labelled<Labels>>, kind: Kind): Configuration {
    const { name, help, labels = {} } = spec;
    const wrong = whatIsWrongWithName(name, kind);
    assert(wrong === undefined, `metric ${name} ${wrong}`);
    const isKnown = name.startsWith(this.#prefix) || this.#otherNames.has(name);
    assert(isKnown, `metric ${name} neither begins with ${this.#prefix} nor is documented`);
    const labelNames = Object.keys(labels);
    this.#rows.push({ name, kind, help, labels: labelNames });
    return { name, help, labelNames, registers: [this.#registry] };
  }
}

type Kind = 'counter' | 'gauge' | 'histogram';

interface Configuration {
  name: string;
  help: string;
  labelNames: string[];
  registers: prometheus.Registry[];
}

/** The rules of `promtool check metrics` that a name alone can break. */
function whatIsWrongWithName(name: string, kind: Kind): string | undefined {
  if (!/^[a-z][a-z\d_]*$/u.test(name)) return 'has characters other than lower case letters, digits and underscores';
  if (kind === 'counter') return name.endsWith('_total') ? undefined : 'is a counter but does not end in _total';
  if (/_(total|count|sum|bucket)$/u.test(name)) return `is a ${kind} but ends like something else`;
  return undefined;
}

/** Every combination of known label values; none when there are no labels or when one of them is open. */
function combinations(spec: Partial<Labelled<Labels>> & MetricSpec): Record<string, string>[] {
  const entries = Object.entries(spec.labels ?? {});
  if (entries.length === 0) return [];
  let all: Record<string, string>[] = [{}];
  for (const [name, values] of entries) {
    all = all.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
    assert(all.length <= MOST_SERIES, `metric ${spec.name} has more than ${MOST_SERIES} series`);
  }
  return all;
}
