import type { OptionTable } from '../config/option-table.ts';
import { credentialsIn } from '../http/proxy.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'] as const;

/**
 * Makes the secrets of this process known, so that they are taken out, by value, of all that it writes: those of its options, in variables
 * and in files, and the passwords of its proxies. What cannot be read is none.
 */
export function learnSecrets(
  environment: Readonly<Record<string, string | undefined>>,
  options: OptionTable,
  { secrets, readFile }: { readonly secrets: KnownSecrets; readonly readFile: (path: string) => string },
): void {
  for (const spec of Object.values(options)) {
    if (spec.kind !== 'secret') continue;
    for (const text of [environment[spec.variable] ?? '', contentOf(environment[`${spec.variable}_FILE`], readFile)]) {
      // Several keys may stand in one variable, and each counts for itself.
      for (const one of [text, ...text.split(/[\s,]+/u)]) secrets.add('platform key', one.trim());
    }
  }
  for (const variable of PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()])) {
    const credentials = credentialsIn(environment[variable] ?? '');
    if (credentials !== undefined) secrets.addCredentials('proxy', credentials);
  }
}

function contentOf(path: string | undefined, readFile: (path: string) => string): string {
  if (path === undefined || path.trim() === '') return '';
  try {
    return readFile(path.trim());
  } catch {
    return '';
  }
}
