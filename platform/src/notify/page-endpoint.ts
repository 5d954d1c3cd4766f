/**
 * An endpoint that was made on the page. It is written as those of the file are, but whoever makes it is not who runs the platform: it may
 * name no file of it, and makes no exception for addresses inside. Pure.
 */
import { CastaiError } from '@castai/shared/errors.ts';
import { ConfigFields } from './config-fields.ts';
import type { PageRules } from './page-rules.ts';
import { type Endpoint, parseEndpoint } from './parse-endpoints.ts';

/** An endpoint as it is written. */
export type EndpointDocument = Readonly<Record<string, unknown>>;

/** What only the file may have: exceptions, and what certificates are judged by. */
const ONLY_IN_FILE = ['allowHttp', 'allowNetworks', 'ca'];
/** What is kept when nothing is said of it, because nobody is shown it: a template may hold a key too. */
const UNSEEN = ['secrets', 'headers', 'template'];

/** Reads it. Throws `CONFIG_INVALID` that names everything that is wrong, and shows nothing that may be secret. */
export function parsePageEndpoint(document: EndpointDocument, rules: PageRules): Endpoint {
  const problems: string[] = [];
  for (const name of ONLY_IN_FILE) {
    if (Object.hasOwn(document, name)) problems.push(`${name} is for NOTIFY_FILE alone`);
  }
  const fields = new ConfigFields('the endpoint', { ...document, ...rules }, problems);
  const endpoint = parseEndpoint(fields, () => {
    throw new Error('a file is for NOTIFY_FILE alone');
  });
  if (problems.length === 0) return endpoint;
  throw new CastaiError('CONFIG_INVALID', problems.join('; '), {
    hint: 'docs/notifications.md has an example of each kind of endpoint',
  });
}

/**
 * What an endpoint becomes by a change: an address that is left out stays, and so do its secrets, headers and template, which nobody is
 * shown. But not for another server: whoever changes the address alone would get them all.
 */
export function changedEndpoint(before: EndpointDocument, change: EndpointDocument): EndpointDocument {
  const url = change['url'] ?? before['url'];
  const kept = originOf(url) === originOf(before['url']) ? UNSEEN : [];
  const isKept = (name: string): boolean => name !== 'template' || change['format'] === 'template';
  const unseen = kept.filter((name) => !Object.hasOwn(change, name) && Object.hasOwn(before, name) && isKept(name));
  return { ...change, url, ...Object.fromEntries(unseen.map((name) => [name, before[name]])) };
}

function originOf(url: unknown): string {
  return (typeof url === 'string' && URL.parse(url)?.origin) || '';
}
