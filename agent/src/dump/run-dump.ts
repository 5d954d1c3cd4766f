import { parseArgs } from 'node:util';
import type { Clock } from '@castai/shared/async/clock.ts';
import { CastaiError, describeError, errorCodeOf } from '@castai/shared/errors.ts';
import { Discovery } from '@castai/shared/kube/discovery.ts';
import type { KnownSecrets } from '@castai/shared/log/known-secrets.ts';
import { connectKube } from '../connect/connect-kube.ts';
import { feedLint } from '../feeds/feed-lint.ts';
import { allFeeds, type FeedSpec } from '../feeds/feeds.ts';
import type { DumpConfig } from '../read-agent-config.ts';
import { scrubExplainer, scrubPolicy } from '../scrub/scrub-policy.ts';
import { dump, type DumpResult } from './dump.ts';
import type { DumpView } from './dump-view.ts';
import { ExplainView } from './explain-view.ts';
import { LinesView } from './lines-view.ts';
import { ProgressOutput } from './progress-output.ts';
import { SizesView } from './sizes-view.ts';
import { type OutputStream, TextOutput } from './text-output.ts';

const USAGE = `castai-agent dump [--feed name]… [--namespace name]… [--name name]… [--sizes | --explain]

Writes what the agent would send of the objects of the cluster, without a platform: a line of JSON per object on the
standard output, with the very bytes that are sent behind "body". The options of the agent that say what is read and
sent apply; API_URL and API_KEY are not needed.

  --feed name        only this feed, by the names that /statusz shows, such as pods or deployments.apps; may be repeated
  --namespace name   only objects of this namespace; may be repeated
  --name name        only objects of this name; may be repeated
  --sizes            instead of the objects a table of how much would be sent of each feed, before compression
  --explain          instead of the objects what the policy does with each part of them, and why; needs --feed and --name

Exit codes: 0 everything was read, 1 something could not be read, which is named on the standard error, 2 the
configuration or an option is not usable.
`;

/** What a dump is run with. */
export interface RunDumpOptions {
  /** Reads the configuration, with warnings about it. Throws `CONFIG_INVALID` with every problem. */
  readonly readConfig: () => { readonly config: DumpConfig; readonly warnings: readonly string[] };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly secrets: KnownSecrets;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

type Flags = ReturnType<typeof parseFlags>;

/**
 * Runs the sub-command `dump` with the arguments after its name, and gives the exit code. Throws a `CastaiError` where nothing can be read
 * at all. A reader who has seen enough (`| head`) is no error.
 */
export async function runDump(
  args: readonly string[],
  options: RunDumpOptions,
  signal: AbortSignal,
): Promise<0 | 1 | 2> {
  const { stdout, stderr } = options;
  const output = new TextOutput(stdout);
  const progress = new ProgressOutput({ stdout, stderr, clock: options.clock, redact: options.secrets.redact });
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      await output.write(USAGE);
      await output.flush();
      return 0;
    }
    const { config, warnings } = options.readConfig();
    for (const warning of warnings) progress.say(warning);
    const result = await dumpCluster(config, { flags, output, progress, options }, signal);
    return report(result, { progress, flags });
  } catch (error) {
    progress.clear();
    if (errorCodeOf(error) === 'EPIPE') return 0;
    if (signal.aborted) {
      progress.say('stopped before everything was read');
      return 1;
    }
    throw error;
  }
}

interface Parts {
  readonly flags: Flags;
  readonly output: TextOutput;
  readonly progress: ProgressOutput;
  readonly options: RunDumpOptions;
}

async function dumpCluster(config: DumpConfig, parts: Parts, signal: AbortSignal): Promise<DumpResult> {
  const { flags, progress, options } = parts;
  const all = allFeeds(config);
  const specs = chosenFeeds(all, flags.feed);
  const kube = await connectKube({ ...options, config, userAgent: `castai-agent/${options.version} dump` });
  try {
    const discovery = new Discovery(kube.client);
    return await dump(
      {
        source: kube.stream,
        specs,
        catalogue: (aborted) => discovery.refresh(aborted),
        scrub: scrubPolicy(config),
        // An object whose owner is read is not judged, whichever feeds are asked for here.
        lint: feedLint(config, { specs: all, onError: () => undefined }),
        pageSize: config.pageSize,
        filter: { namespaces: flags.namespace, names: flags.name },
        view: viewOf(config, parts),
        onProgress: (now) => progress.show(now),
        clock: options.clock,
      },
      signal,
    );
  } finally {
    await kube.close();
  }
}

function viewOf(config: DumpConfig, { flags, output }: Parts): DumpView {
  if (flags.sizes) return new SizesView(output);
  return flags.explain ? new ExplainView(output, scrubExplainer(config)) : new LinesView(output);
}

function chosenFeeds(specs: readonly FeedSpec[], wanted: readonly string[]): readonly FeedSpec[] {
  if (wanted.length === 0) return specs;
  const unknown = wanted.filter((name) => !specs.some((spec) => spec.name === name));
  if (unknown.length === 0) return specs.filter(({ name }) => wanted.includes(name));
  throw new CastaiError(
    'CONFIG_INVALID',
    `no feed is called ${unknown.join(' or ')}, or it is not read as the agent is set up`,
    {
      hint: `the feeds are: ${specs.map(({ name }) => name).join(', ')}`,
    },
  );
}

/** Says on the standard error what the output cannot: how much it was, and what is missing of it. */
function report(
  { objects, bytes, read, absent, failed }: DumpResult,
  { progress, flags }: Pick<Parts, 'progress' | 'flags'>,
): 0 | 1 {
  progress.clear();
  const isAsked = flags.feed.length > 0;
  progress.say(
    `${String(objects)} objects with ${String(bytes)} bytes of ${String(read)} feeds; ` +
      (isAsked && absent.length > 0
        ? `not served by this cluster: ${absent.join(', ')}`
        : `${String(absent.length)} are not served by this cluster`),
  );
  for (const { feed, why } of failed) progress.say(`not read, or not to its end: ${feed}: ${why}`);
  if (objects === 0 && flags.name.length > 0)
    progress.say(`there is no ${flags.name.join(' or ')} in what was looked at`);
  return failed.length > 0 ? 1 : 0;
}

function parseFlags(args: readonly string[]) {
  const one = { type: 'string', multiple: true, default: [] as string[] } as const;
  const flag = { type: 'boolean', default: false } as const;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { feed: one, namespace: one, name: one, sizes: flag, explain: flag, help: flag },
    }));
  } catch (error) {
    throw wrongFlags(describeError(error), error);
  }
  if (values.sizes && values.explain) throw wrongFlags('--sizes and --explain are both given: keep one of them');
  if (values.explain && !values.help && (values.feed.length === 0 || values.name.length === 0)) {
    throw wrongFlags('--explain needs --feed and --name: it explains single objects');
  }
  return values;
}

function wrongFlags(problem: string, cause?: unknown): CastaiError {
  return new CastaiError('CONFIG_INVALID', problem, { ...(cause === undefined ? {} : { cause }), hint: USAGE });
}
