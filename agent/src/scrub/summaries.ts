/**
 * What is told of values that do not leave themselves: of people how many, of an address range how large, of a metric whose scaler
 * made it. The platform finds it in the place of the value.
 */
import type { JsonValue } from '@castai/shared/kube/kube-object.ts';
import { tellAddressRange } from './tell-address-range.ts';
import { tellMetricType } from './tell-metric-type.ts';
import { MOST_FINDINGS, tellControls, tellFailedChecks, tellVulnerabilities } from './tell-report.ts';
import { tellSubjects } from './tell-subjects.ts';
import { tellVerdict } from './tell-verdict.ts';

/** Names a summary. */
export type SummaryName =
  | 'addressRange'
  | 'controls'
  | 'count'
  | 'digest'
  | 'failedChecks'
  | 'hostAddress'
  | 'lastPart'
  | 'metricType'
  | 'subjects'
  | 'unlessAddress'
  | 'verdict'
  | 'vulnerabilities';

/** Tells of a value; undefined: nothing. Never throws, and what it gives is small, whatever it gets. */
export interface Summary {
  /** For the documentation: "only …". */
  readonly tells: string;
  readonly tell: (value: unknown) => JsonValue | undefined;
}

/** All of them. */
export const SUMMARIES: Readonly<Record<SummaryName, Summary>> = {
  addressRange: { tells: 'its prefix length, and whether it is private', tell: tellAddressRange },
  controls: {
    tells: `ids, severities and failures of up to ${MOST_FINDINGS} that failed, how many were left out, passed or are for people`,
    tell: tellControls,
  },
  count: { tells: 'how many', tell: (value) => (Array.isArray(value) ? value.length : undefined) },
  digest: { tells: 'its sha256', tell: tellDigest },
  failedChecks: {
    tells: `ids and severities of up to ${MOST_FINDINGS} that failed, and how many were left out`,
    tell: tellFailedChecks,
  },
  hostAddress: { tells: 'whether any, loopback or another', tell: tellHostAddress },
  lastPart: { tells: 'what follows the last slash', tell: tellLastPart },
  metricType: { tells: 'the scaler, if KEDA made it', tell: tellMetricType },
  subjects: { tells: 'service accounts, and how many others of which kind', tell: tellSubjects },
  unlessAddress: { tells: 'it, unless it holds an address, of whatever', tell: tellUnlessAddress },
  verdict: { tells: 'how many nodes each known reason rules out', tell: tellVerdict },
  vulnerabilities: {
    tells: `ids, severities, packages and versions of up to ${MOST_FINDINGS}, worst first, and how many were left out`,
    tell: tellVulnerabilities,
  },
};

/** An image reference with its digest; what is before names a registry, and stands in `image` too. */
const MAX_IMAGE_ID_LENGTH = 1024;
const DIGEST = /(?:^|[@/])(sha256:[0-9a-f]{64})$/;

/** Of an image's id what runs, whatever it is called: a tag is not an image. */
function tellDigest(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_IMAGE_ID_LENGTH ? DIGEST.exec(value)?.[1] : undefined;
}

/** On which addresses of its node a port is taken: two pods on one port are in each other's way unless one of them asks for another. */
function tellHostAddress(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value === '' || value === '0.0.0.0' || value === '::') return 'any';
  return value.startsWith('127.') || value === '::1' ? 'loopback' : 'other';
}

/** Longest text that a device publishes of itself is 64 characters; names of other things may be longer. */
const MAX_TOLD_LENGTH = 512;
/** Of the network in versions 4 and 6, of an adapter, of a person, of a service. A PCI address is none of them: `0000:17:00.0`. */
const ADDRESS = new RegExp(
  [
    String.raw`(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])`,
    '[0-9a-f]*::[0-9a-f]*',
    '(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}',
    String.raw`\b(?:[0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}\b`,
    '@',
    '://',
  ].join('|'),
  'iu',
);

/** Who publishes an address calls it as he likes: by its key alone nobody knows it. */
function tellUnlessAddress(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_TOLD_LENGTH && !ADDRESS.test(value) ? value : undefined;
}

/** The longest name of a resource in our clouds has 90 characters. */
const MAX_PART_LENGTH = 128;

/** Of the path of a cloud's resource only its own name: what comes before are subscriptions, projects, networks. */
function tellLastPart(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const part = value.slice(value.lastIndexOf('/') + 1);
  return part.length <= MAX_PART_LENGTH && /^[\w.()-]+$/.test(part) ? part : undefined;
}
