import { LINT_RULES } from '../lint/lint-rules.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import type { Told } from '../scrub/explain-scrub.ts';
import type { DumpView, ReadFeed } from './dump-view.ts';
import type { DumpedObject } from './read-feed.ts';
import type { TextOutput } from './text-output.ts';

/** Says what the policy does with each part of an object. */
export type Explain = (spec: FeedSpec, object: KubeObject) => readonly Told[];

/** Longest value that is shown; what leaves in full is what a dump without `--explain` is for. */
const MAX_SHOWN = 120;

/** For each object what leaves of it and what does not, a line a part. Values that stay in the cluster are not written here either. */
export class ExplainView implements DumpView {
  readonly #output: Pick<TextOutput, 'write' | 'flush'>;
  readonly #explain: Explain;

  constructor(output: Pick<TextOutput, 'write' | 'flush'>, explain: Explain) {
    this.#output = output;
    this.#explain = explain;
  }

  /** Writes its lines. */
  async take({ spec, version }: ReadFeed, { upsert, object }: DumpedObject): Promise<void> {
    const { namespace, name, body, findings = [] } = upsert;
    const what = `${spec.group === '' ? '' : `${spec.group}/`}${version} ${spec.kind}`;
    const head = `# ${what} ${namespace === '' ? name : `${namespace}/${name}`}: ${String(body.byteLength)} bytes leave\n`;
    const rows = object === undefined ? [] : this.#explain(spec, object);
    await this.#output.write([head, ...rows.map(lineOf), ...findings.map(findingOf)].join(''));
  }

  /** Writes what waits. */
  finish(): Promise<void> {
    return this.#output.flush();
  }
}

function findingOf(rule: string): string {
  const { finding = '' } = LINT_RULES.find(({ id }) => id === rule) ?? {};
  return `finding  ${rule}  (${finding})\n`;
}

function lineOf({ path, is, why, leaves }: Told): string {
  if (is === 'dropped') return `dropped  ${path}  (${why})\n`;
  const text = JSON.stringify(leaves) ?? '';
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text;
  return `${is === 'sent' ? 'sent   ' : 'told as'}  ${path} = ${shown}  (${why})\n`;
}
