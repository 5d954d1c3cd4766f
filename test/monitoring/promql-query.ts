import { parser } from '@prometheus-io/lezer-promql';

/** One place in a query that reads series. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** The labels that the innermost aggregation around it keeps; undefined: there is none, or one without `by`. */
  readonly by: readonly string[] | undefined;
}

/** A condition on a label. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Grafana replaces these before it sends a query. */
const GRAFANA_DURATIONS = /\$__(?:rate_interval|interval|range)\b/gu;

/** What a query of Prometheus or Grafana reads. Throws an Error that shows the place where it is no PromQL. */
export function selectorsOf(text: string): Selector[] {
  const query = text.replaceAll(GRAFANA_DURATIONS, '5m');
  const selectors: Selector[] = [];
  parser.parse(query).iterate({
    enter: ({ node }) => {
      if (node.type.isError) {
        throw new Error(`no PromQL at "${query.slice(Math.max(0, node.from - 20), node.to + 20)}" of:\n${query}`);
      }
      if (node.name === 'VectorSelector') selectors.push(readSelector(query, node));
    },
  });
  return selectors;
}

function readSelector(query: string, node: Node): Selector {
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => {
    const [label = '', operator = '', value = ''] = childTexts(query, matcher);
    return { label, operator, value: value.slice(1, -1) };
  });
  return { metric: textOf(query, node.getChild('Identifier')), matchers, by: innermostLabels(query, node) };
}

function innermostLabels(query: string, node: Node): string[] | undefined {
  let around = node.parent;
  while (around !== null && around.name !== 'AggregateExpr') around = around.parent;
  const modifier = around?.getChild('AggregateModifier');
  const labels = modifier?.getChild('By') ? modifier.getChild('GroupingLabels') : undefined;
  return labels ? childTexts(query, labels) : undefined;
}

function childTexts(query: string, node: Node): string[] {
  const texts: string[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') texts.push(textOf(query, child));
  }
  return texts;
}

function textOf(query: string, node: Node | null): string {
  return node === null ? '' : query.slice(node.from, node.to);
}
