import { KubeError } from '../kube-error.ts';
import { parseExactly } from './exact-number.ts';

/**
 * `JSON.parse` for text from the API server. Throws `KUBE_STREAM_BROKEN` without V8's message and without the original
 * as a cause: both quote the text, which may be anybody's secret.
 */
export function parseKubeJson(text: string): unknown {
  const value = tryParseKubeJson(text);
  if (value !== undefined) return value;
  throw new KubeError('KUBE_STREAM_BROKEN', `the API server sent ${text.length} characters that are not JSON`);
}

/** As `parseKubeJson`; undefined for text that is not JSON. Numbers that JavaScript would write in another way come out as `ExactNumber`. */
export function tryParseKubeJson(text: string): unknown {
  // A byte order mark in front of JSON is not allowed (RFC 8259, section 8.1) and may be ignored; some proxies write one.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return UNUSUAL_NUMBER.test(json) ? parseExactly(json) : JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * A number with a point, an exponent or sixteen digits (a double is exact up to 2^53, which has sixteen), or below zero and none: where
 * one may begin, outside of a text as far as that can be seen at a glance. What is found wrongly only costs time.
 */
const UNUSUAL_NUMBER = /(?:"\s*:|[,[])\s*(?:-0|-?\d+[.eE]|-?\d{16})/u;
