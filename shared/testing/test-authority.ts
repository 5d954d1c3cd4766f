import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Whom a certificate is for. */
export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names and IP addresses that the certificate is valid for; default 127.0.0.1, localhost, and the name behind the tests' proxy. */
  readonly hosts?: readonly string[];
  /** Kubernetes reads a client certificate's organizations as groups. */
  readonly organization?: string;
}

/** A certificate authority made when the test runs, with the openssl program: no keys in the repository, none that expire. */
export class TestAuthority implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'castai-test-ca-'));
  readonly certPem: string;
  #issued = 0;

  constructor(commonName = 'castai test authority') {
    this.certPem = this.#openssl('ca', [`/CN=${commonName}`, '-addext', 'keyUsage=critical,keyCertSign']).certPem;
  }

  /** Issues a certificate for a server or a client. */
  issue(request: CertificateRequest): KeyPair {
    this.#issued += 1;
    const { commonName, organization, hosts = ['127.0.0.1', 'localhost', 'elsewhere.test'] } = request;
    const names = hosts.map((host) => (/^[\d.]+$|:/u.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',');
    return this.#openssl(`issued-${this.#issued}`, [
      `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`,
      ...(names === '' ? [] : ['-addext', `subjectAltName=${names}`]),
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-CA',
      join(this.#directory, 'ca.crt'),
      '-CAkey',
      join(this.#directory, 'ca.key'),
    ]);
  }

  /** The same certificate, which expired yesterday. */
  expired({ certPem, keyPem }: KeyPair): KeyPair {
    this.#issued += 1;
    const file = (what: string, text: string): string => this.write(`expired-${this.#issued}.${what}`, text);
    const run = (...args: string[]): string =>
      execFileSync('openssl', ['x509', '-copy_extensions', 'copy', ...args], { stdio: 'pipe', encoding: 'utf8' });
    const wish = run('-x509toreq', '-in', file('crt', certPem), '-signkey', file('key', keyPem));
    const [ca, key] = [join(this.#directory, 'ca.crt'), join(this.#directory, 'ca.key')];
    const signer = ['-CA', ca, '-CAkey', key, '-CAcreateserial', '-days', '-1'];
    return { certPem: run('-req', '-in', file('csr', wish), ...signer), keyPem };
  }

  /** Writes text to a file beside the authority's own, removed with it, and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.#directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Removes the keys. */
  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #openssl(name: string, subjectAndMore: string[]): KeyPair {
    const [certFile, keyFile] = [join(this.#directory, `${name}.crt`), join(this.#directory, `${name}.key`)];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const args = ['req', '-x509', ...key, '-out', certFile, '-days', '2', '-subj', ...subjectAndMore];
    execFileSync('openssl', args, { stdio: 'pipe' });
    return { certPem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
  }
}
