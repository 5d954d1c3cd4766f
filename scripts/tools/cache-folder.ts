import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder outside of the tree for what is made or fetched once: CASTAI_TEST_CACHE, or one in the user's cache. */
export function cacheFolder(): string {
  const own = process.env['CASTAI_TEST_CACHE'];
  if (own !== undefined && own !== '') return own;
  const shared = process.env['XDG_CACHE_HOME'];
  return join(shared !== undefined && shared !== '' ? shared : join(homedir(), '.cache'), 'castai-test');
}
