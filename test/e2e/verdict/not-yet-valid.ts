import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from '@castai/shared/testing/test-authority.ts';

/** A self-signed certificate for this machine that is valid from 2039 on: what a server shows to whose clock is far behind. */
export function notYetValid(folder: string): KeyPair & { readonly certFile: string } {
  const at = (name: string): string => join(folder, name);
  const config = `[ca]\ndefault_ca=d\n[d]\ndatabase=${at('index')}\nnew_certs_dir=${folder}\nserial=${at('serial')}
default_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n[req]\ndistinguished_name=n\n[n]\n`;
  writeFileSync(at('config'), config);
  writeFileSync(at('index'), '');
  writeFileSync(at('serial'), '01');
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('key')];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', '-new', ...key, ...names, '-config', at('config'), '-out', at('request'));
  const dates = ['-startdate', '20390101000000Z', '-enddate', '20400101000000Z'];
  const files = ['-config', at('config'), '-keyfile', at('key'), '-in', at('request'), '-out', at('cert')];
  openssl('ca', '-batch', '-notext', '-selfsign', ...files, ...dates);
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  return { certPem: read('cert'), keyPem: read('key'), certFile: at('cert') };
}
