/** The text format of Prometheus. Pure. */

/** One number. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Numbers of one name. */
export interface Family {
  readonly name: string;
  /** A counter unless told. */
  readonly type?: 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Content type of {@link prometheusText}. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Families as a scrape reads them. */
export function prometheusText(families: readonly Family[]): string {
  return families.map(familyText).join('');
}

/** One sample per key, which stands in the label of this name. */
export function samplesBy(label: string, values: ReadonlyMap<string, number>): Sample[] {
  return [...values].map(([key, value]) => ({ labels: { [label]: key }, value }));
}

function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type ?? 'counter'}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
