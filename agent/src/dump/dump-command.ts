import { readFileSync } from 'node:fs';
import type { CommandContext, SubCommand } from '@castai/shared/command/sub-command.ts';
import { CastaiError, errorCodeOf } from '@castai/shared/errors.ts';
import { Discovery } from '@castai/shared/kube/discovery.ts';
import { connectKube } from '@castai/shared/kube/connect-kube.ts';
import { FORM_GIVEN_UP, FORM_REFUSALS } from '@castai/shared/watch/form-given-up.ts';
import { FormSource } from '@castai/shared/watch/form-source.ts';
import { feedLint } from '../feeds/feed-lint.ts';
import { feedReader } from '../feeds/feed-reader.ts';
import { allFeeds, type FeedSpec } from '../feeds/feeds.ts';
import { type DumpConfig, readDumpConfig } from '../read-agent-config.ts';
import { scrubExplainer, scrubPolicy } from '../scrub/scrub-policy.ts';
import { dump, type DumpResult } from './dump.ts';
import type { DumpView } from './dump-view.ts';
import { ExplainView } from './explain-view.ts';
import { LinesView } from './lines-view.ts';
import { ProgressOutput } from './progress-output.ts';
import { SizesView } from './sizes-view.ts';
import { TextOutput } from './text-output.ts';

/** The command `dump`: what would be sent, without a platform. */
export const dumpCommand: SubCommand = {
  name: 'dump',
  summary:
    'Writes what the agent would send of the objects of the cluster, without a platform: a line of JSON per object, with the very bytes that are sent behind "body". The options of the agent that say what is read and sent apply; API_URL and API_KEY are not needed.',
  flags: {
    feed: {
      value: 'NAME',
      isRepeated: true,
      meaning: 'Only this feed, by the names that /statusz shows, such as pods or deployments.apps.',
    },
    namespace: { value: 'NAME', isRepeated: true, meaning: 'Only objects of this namespace.' },
    name: { value: 'NAME', isRepeated: true, meaning: 'Only objects of this name.' },
    sizes: { meaning: 'Instead of the objects a table of how much would be sent of each feed, before compression.' },
    explain: {
      meaning: 'Instead of the objects what the policy does with each part of them, and why; needs --feed and --name.',
    },
  },
  exitCodes: {
    0: 'everything was read',
    1: 'something could not be read, which is named on the standard error',
    2: 'the configuration or the call is not usable',
  },
  run: runDump,
};

/** Gives the exit code. Throws a `CastaiError` where nothing can be read at all. A reader who has seen enough (`| head`) is no error. */
async function runDump(context: CommandContext, signal: AbortSignal): Promise<number> {
  const { stdout, stderr, clock, secrets, environment } = context;
  const flags = flagsOf(context);
  const output = new TextOutput(stdout);
  const progress = new ProgressOutput({ stdout, stderr, clock, redact: secrets.redact });
  try {
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    const { config, warnings } = readDumpConfig({ environment, readFile });
    for (const warning of warnings) progress.say(warning);
    const result = await dumpCluster(config, { flags, output, progress, context }, signal);
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

interface Flags {
  readonly feed: readonly string[];
  readonly namespace: readonly string[];
  readonly name: readonly string[];
  readonly sizes: boolean;
  readonly explain: boolean;
}

interface Parts {
  readonly flags: Flags;
  readonly output: TextOutput;
  readonly progress: ProgressOutput;
  readonly context: CommandContext;
}

async function dumpCluster(config: DumpConfig, parts: Parts, signal: AbortSignal): Promise<DumpResult> {
  const { flags, progress, context } = parts;
  const all = allFeeds(config);
  const specs = chosenFeeds(all, flags.feed);
  const kube = await connectKube({ ...context, config, userAgent: `castai-agent/${context.version} dump` });
  try {
    const discovery = new Discovery(kube.client);
    const scrub = scrubPolicy(config);
    // An object whose owner is read is not judged, whichever feeds are asked for here.
    const lint = feedLint(config, { specs: all, onError: () => undefined });
    const counter = { onUnknownField: () => undefined };
    const asSent = feedReader({ scrub, lint, encoding: config.readEncoding, counter });
    return await dump(
      {
        source: new FormSource(kube.stream, ({ path, why }) =>
          progress.say(`${path}: ${FORM_GIVEN_UP}: ${FORM_REFUSALS[why]}`),
        ),
        specs,
        catalogue: (aborted) => discovery.refresh(aborted),
        scrub,
        lint,
        // What stays cannot be explained of bytes of which only what leaves is read.
        reader: flags.explain ? undefined : asSent,
        pageSize: config.pageSize,
        filter: { namespaces: flags.namespace, names: flags.name },
        view: viewOf(config, parts),
        onProgress: (now) => progress.show(now),
        clock: context.clock,
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

function flagsOf({ flags }: CommandContext): Flags {
  const listOf = (name: string): readonly string[] => {
    const given = flags[name];
    return typeof given === 'object' ? given : [];
  };
  const given = {
    feed: listOf('feed'),
    namespace: listOf('namespace'),
    name: listOf('name'),
    sizes: flags['sizes'] === true,
    explain: flags['explain'] === true,
  };
  if (given.sizes && given.explain) throw wrongFlags('--sizes and --explain are both given: keep one of them');
  if (given.explain && (given.feed.length === 0 || given.name.length === 0)) {
    throw wrongFlags('--explain needs --feed and --name: it explains single objects');
  }
  return given;
}

function wrongFlags(problem: string): CastaiError {
  return new CastaiError('CONFIG_INVALID', `dump: ${problem}; see castai-agent dump --help`);
}
