/** The page's own files: everything in `web/`, read once at start. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from '../answer/answer.ts';

/** Nothing from elsewhere, and no inline code: what agents send can be shown, never run. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
};

/** The answers by their path; `index.html` is `/`. Only modules and styles: the folder may hold other things, which nobody is given. */
export function pageFiles(folder = fileURLToPath(new URL('web/', import.meta.url))): ReadonlyMap<string, Answer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const path = name === 'index.html' ? '/' : `/${name.replaceAll('\\', '/')}`;
      const headers = { ...HEADERS, 'content-type': `${type}; charset=utf-8` };
      return [[path, { status: 200, headers, body: readFileSync(join(folder, name)) }] as const];
    }),
  );
}
