import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BootstrapShape, bootstrapData } from './waagent/bootstrap-data.ts';
import { type CmsOptions, encodeCms } from './waagent/cms-encoder.ts';
import { ovfDocument, type OvfVariant } from './waagent/ovf-document.ts';

/** How a node's directory differs from the usual one. Everything may be left out. */
export interface WaagentOptions {
  readonly shape?: BootstrapShape;
  readonly variant?: OvfVariant;
  /** `absent`: no element; `empty`: one without text. */
  readonly customData?: 'absent' | 'empty';
  /** `public`: the command in the clear; `none`: neither part has one. */
  readonly settings?: 'protected' | 'public' | 'none';
  readonly cms?: Pick<CmsOptions, 'cipher' | 'transport' | 'naming' | 'isIndefinite'>;
  /** Version of the extension that counts. */
  readonly extensionVersion?: string;
  readonly sequence?: number;
  /** Characters that the command gets besides. */
  readonly padding?: number;
  /** Instead of a folder of its own, removed at the end. */
  readonly root?: string;
  /** Instead of a bootstrap token of its own: two nodes of one pool have the same. */
  readonly token?: string;
}

/** A settings file as the Azure agent writes it. */
export interface SettingsContent {
  readonly publicSettings?: unknown;
  readonly protectedSettings?: string | null;
  readonly thumbprint?: string | null;
}

/** Nothing was written for long enough that a reader may believe it. */
const LONG_AGO_SECONDS = 3600;

/**
 * The directory of the Azure agent (`/var/lib/waagent`) on an AKS node: everything that is read, and around it everything
 * that must not be. Keys are made when a test runs and are removed with the directory; canaries stand in every secret place.
 */
export class FakeWaagent implements Disposable {
  readonly root: string;
  /** The bytes that must arrive. */
  customData: Buffer;
  settings: Buffer;
  thumbprint: string;
  readonly #options: WaagentOptions;
  readonly #isOwnFolder: boolean;
  #key: KeyPair;
  readonly #secrets = {
    token: `abcdef.${canary()}`,
    servicePrincipal: canary(),
    kubeletKey: canary(),
  };
  readonly #others = { user: canary(), sshKey: canary(), keyVault: canary(), transport: canary(), status: canary() };

  constructor(options: WaagentOptions = {}) {
    this.#options = options;
    this.#isOwnFolder = options.root === undefined;
    this.root = options.root ?? mkdtempSync(join(tmpdir(), 'castai-waagent-'));
    if (options.token !== undefined) this.#secrets.token = options.token;
    const { customData, command } = bootstrapData(options.shape ?? 'scriptless-2', this.#secrets, options.padding);
    this.customData = options.customData === undefined ? customData : Buffer.alloc(0);
    this.settings = Buffer.from(JSON.stringify({ commandToExecute: command }));
    this.#key = makeKey();
    this.thumbprint = randomThumbprint();
    this.#writeAll();
  }

  /** Folder of the extension that counts. */
  get extension(): string {
    return this.extensionFolder(this.#options.extensionVersion ?? '2.1.19');
  }

  /** The settings file that counts. */
  get settingsFile(): string {
    return join(this.extension, 'config', `${this.#options.sequence ?? 3}.settings`);
  }

  get ovfEnv(): string {
    return join(this.root, 'ovf-env.xml');
  }

  /** The key that the settings name. */
  get keyFile(): string {
    return join(this.root, `${this.thumbprint}.prv`);
  }

  /** The key as text: for what does something wrong with it. */
  get keyPem(): string {
    return this.#key.pem;
  }

  /** Texts that must never be seen outside, each at least 16 characters long: secrets as they are and in base64. */
  get canaries(): string[] {
    const plain = [...Object.values(this.#secrets), ...Object.values(this.#others)];
    const keyLine = this.#key.pem.split('\n')[5] ?? '';
    const encoded = [this.customData, this.settings].flatMap((bytes) => {
      const text = bytes.toString('base64');
      return [text.slice(0, 40), text.slice(Math.floor(text.length / 2), Math.floor(text.length / 2) + 40)];
    });
    return [...plain, keyLine, ...encoded].filter((text) => text.length >= 16);
  }

  /** Folder of the extension in some version. */
  extensionFolder(version: string): string {
    return join(this.root, `Microsoft.Azure.Extensions.CustomScript-${version}`);
  }

  /** A version of the extension besides, in some state, with settings files; an empty text is an emptied file. */
  addExtension(version: string, state: string, files: Readonly<Record<string, string>>): void {
    const config = join(this.extensionFolder(version), 'config');
    mkdirSync(config, { recursive: true, mode: 0o700 });
    writeFileSync(join(config, 'HandlerState'), state);
    for (const [name, text] of Object.entries(files)) writeOld(join(config, name), text);
  }

  /** Writes a settings file. */
  writeSettings(content: SettingsContent, file = this.settingsFile): void {
    writeOld(file, settingsText(content));
  }

  /** The settings of this node, encrypted anew. */
  encryptedSettings(plaintext: Uint8Array = this.settings): SettingsContent {
    const cms = encodeCms({ plaintext, recipients: [this.#key.publicKey], ...this.#options.cms });
    return { protectedSettings: cms.toString('base64'), thumbprint: this.thumbprint };
  }

  /** New bootstrap data, as after a reimage: both files are written anew. */
  reprovision(options: { shape?: BootstrapShape; token?: string } = {}): void {
    this.#secrets.token = options.token ?? `abcdef.${canary()}`;
    const data = bootstrapData(
      options.shape ?? this.#options.shape ?? 'scriptless-2',
      this.#secrets,
      this.#options.padding,
    );
    this.customData = data.customData;
    this.settings = Buffer.from(JSON.stringify({ commandToExecute: data.command }));
    this.writeOvfEnv();
    this.writeSettings(this.encryptedSettings());
  }

  /** A new certificate, as after deallocation: the content stays, ciphertext and key change. The old key stays behind. */
  rotateKey(options: { writeKey?: boolean } = {}): void {
    this.#key = makeKey();
    this.thumbprint = randomThumbprint();
    this.writeSettings(this.encryptedSettings());
    if (options.writeKey ?? true) this.writeKey();
  }

  /** Writes the key that the settings name, as the Azure agent does: with Bag Attributes in front. */
  writeKey(text = BAG_ATTRIBUTES + this.#key.pem): void {
    rmSync(this.keyFile, { force: true });
    writeOld(this.keyFile, text, 0o400);
  }

  /** Writes the provisioning document. */
  writeOvfEnv(text = this.ovfText()): void {
    if (existsSync(this.ovfEnv)) chmodSync(this.ovfEnv, 0o600);
    writeOld(this.ovfEnv, text, 0o400);
  }

  /** The provisioning document. */
  ovfText(variant = this.#options.variant ?? 'cloud-init'): string {
    const absent = this.#options.customData === 'absent';
    return ovfDocument({
      customData: absent ? undefined : this.customData.toString('base64'),
      variant,
      userName: this.#others.user,
      sshKey: `ssh-rsa ${this.#others.sshKey}`,
    });
  }

  /** Removes the directory. */
  [Symbol.dispose](): void {
    if (this.#isOwnFolder) rmSync(this.root, { recursive: true, force: true });
  }

  #writeAll(): void {
    mkdirSync(this.root, { recursive: true });
    chmodSync(this.root, 0o700);
    const config = join(this.extension, 'config');
    mkdirSync(config, { recursive: true, mode: 0o700 });
    mkdirSync(join(this.extension, 'status'), { mode: 0o700 });
    writeFileSync(join(config, 'HandlerState'), 'Enabled');
    writeFileSync(join(config, 'HandlerStatus'), '{}');
    writeFileSync(join(this.extension, 'mrseq'), String(this.#options.sequence ?? 3));
    // The extension empties all older ones.
    writeOld(join(config, '0.settings'), '');
    writeFileSync(
      join(this.extension, 'status', '3.status'),
      `[{"status":{"formattedMessage":"${this.#others.status}"}}]`,
    );
    this.writeOvfEnv();
    this.#writeOwnSettings();
    this.#writeOtherKeys();
  }

  #writeOwnSettings(): void {
    switch (this.#options.settings) {
      case 'public':
        this.writeSettings({ publicSettings: JSON.parse(this.settings.toString()) as unknown });
        return;
      case 'none':
        this.writeSettings({ publicSettings: {} });
        return;
      default:
        this.writeSettings(this.encryptedSettings());
        this.writeKey();
    }
  }

  /** What lies around and is never to be read: a Key Vault certificate, a stale key, the agent's own pair. */
  #writeOtherKeys(): void {
    const stale = makeKey().pem;
    writeOld(join(this.root, `${randomThumbprint()}.prv`), BAG_ATTRIBUTES + stale, 0o400);
    writeOld(
      join(this.root, `${randomThumbprint()}.prv`),
      `Bag Attributes\n    friendlyName: ${this.#others.keyVault}\n${stale}`,
      0o400,
    );
    writeOld(join(this.root, 'TransportPrivate.pem'), `${this.#others.transport}\n${stale}`, 0o400);
    writeOld(join(this.root, 'Certificates.pem'), stale, 0o400);
  }
}

/** Text of a settings file with the three keys that the agent always writes. */
export function settingsText({
  publicSettings = null,
  protectedSettings = null,
  thumbprint = null,
}: SettingsContent): string {
  const handlerSettings = { publicSettings, protectedSettings, protectedSettingsCertThumbprint: thumbprint };
  return JSON.stringify({ runtimeSettings: [{ handlerSettings }] });
}

const BAG_ATTRIBUTES =
  'Bag Attributes\n    localKeyID: 01 00 00 00 \n    Microsoft CSP Name: Microsoft Enhanced Cryptographic Provider v1.0\n' +
  'Key Attributes\n    X509v3 Key Usage: 10 \n';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly pem: string;
}

/** Making RSA keys is most of the time of a test; a few are enough for all directories of a process. */
const madeKeys: KeyPair[] = [];
let keysHandedOut = 0;

function makeKey(): KeyPair {
  keysHandedOut += 1;
  const made = madeKeys[keysHandedOut % 6];
  if (made !== undefined && madeKeys.length === 6) return made;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pair = { publicKey, pem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  madeKeys.push(pair);
  return pair;
}

function randomThumbprint(): string {
  return randomBytes(20).toString('hex').toUpperCase();
}

function canary(): string {
  return `canary-${randomBytes(12).toString('hex')}`;
}

/** In place, as the agent writes: truncated first. */
function writeOld(file: string, text: string, mode = 0o644): void {
  writeFileSync(file, text, { mode });
  const then = Date.now() / 1000 - LONG_AGO_SECONDS;
  utimesSync(file, then, then);
}
