import { isDeepStrictEqual } from 'node:util';
import type { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { azureNamesOf } from './azure-events.ts';
import { cloudOfProviderId, createService, detectCloud } from './create-service.ts';
import type { ImdsClient } from './imds-client.ts';
import type { MetadataService } from './notice-source.ts';
import type { Cloud, MachineIdentity, Sighting, SourceName } from './notice.ts';
import { Poller, type SourceStatus } from './poller.ts';

/** What a metadata watch needs. */
export interface MetadataWatchOptions extends Timing {
  readonly client: ImdsClient;
  /** Undefined: to be found out. */
  readonly cloud: Cloud | undefined;
  readonly periodMs: number;
  readonly azureApiVersion: string;
  /** What the node says of its machine, as far as it is known. */
  readonly providerId: () => string | undefined;
  readonly createBackoff: () => Backoff;
  readonly onCloud: (cloud: Cloud) => void;
  /** The metadata service has said who this machine is, or more of it. */
  readonly onIdentity: () => void;
  readonly onSighting: (source: SourceName, sighting: Sighting) => void;
}

/**
 * Watches the machine's metadata service: finds out whose it is, learns the machine's names, and looks for notices for ever.
 *
 * Ways back to a question, with what changes and what paces it: whose service it is, and who the machine is, are asked again until both
 * are known in full; the service, in time; the backoff that is handed in.
 */
export class MetadataWatch {
  readonly #options: MetadataWatchOptions;
  #cloud: Cloud | undefined;
  #service: MetadataService | undefined;
  #poller: Poller | undefined;
  #identity: MachineIdentity | undefined;

  constructor(options: MetadataWatchOptions) {
    this.#options = options;
  }

  /** Whose metadata service it is; undefined until it is found out. */
  get cloud(): Cloud | undefined {
    return this.#cloud;
  }

  /** Who the metadata service says that we are, as far as it has said so; undefined until it has said anything. */
  get identity(): MachineIdentity | undefined {
    return this.#identity;
  }

  /** Age of the last good look, in milliseconds; undefined before the first look began. */
  get ageMs(): number | undefined {
    return this.#poller?.ageMs;
  }

  /** Why a notice would not be heard of, or undefined. */
  get blindness(): string | undefined {
    if (this.#poller === undefined) return 'no metadata service has answered yet: set PROVIDER if it takes long';
    return this.#poller.blindness;
  }

  /** How each part of the metadata service is doing. */
  get status(): SourceStatus[] {
    return this.#poller?.status ?? [];
  }

  /** The names by which notices mean this machine: those of the metadata service, and what the node's providerID adds. */
  namesWith(providerId: string | undefined): readonly string[] {
    const names = this.#identity?.names ?? [];
    if (this.#cloud !== 'azure' || providerId === undefined) return names;
    const known = new Set(names.map((name) => name.toLowerCase()));
    return [...names, ...azureNamesOf(providerId).filter((name) => !known.has(name.toLowerCase()))];
  }

  /** Approves an event, named as the provider spells it, where that exists. Whether it was taken. Throws only the signal's reason. */
  async acknowledge(givenId: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#service?.acknowledge?.(givenId, signal)) ?? false;
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const cloud = this.#options.cloud ?? (await this.#detect(signal));
    const { clock, random, onSighting, onCloud } = this.#options;
    const service = this.#create(cloud);
    this.#cloud = cloud;
    this.#service = service;
    onCloud(cloud);
    this.#poller = new Poller({ service, clock, random, onSighting });
    await Promise.all([this.#poller.run(signal), this.#identify(service, signal)]);
  }

  async #detect(signal: AbortSignal): Promise<Cloud> {
    const { clock, createBackoff, providerId } = this.#options;
    const backoff = createBackoff();
    const services = { azure: this.#create('azure'), aws: this.#create('aws'), gcp: this.#create('gcp') };
    for (;;) {
      const cloud = cloudOfProviderId(providerId()) ?? (await detectCloud(services, signal));
      if (cloud !== undefined) return cloud;
      await clock.sleep(backoff.next(), signal);
    }
  }

  async #identify(service: MetadataService, signal: AbortSignal): Promise<void> {
    const { clock, createBackoff, onIdentity } = this.#options;
    const backoff = createBackoff();
    for (;;) {
      const before = this.#identity;
      this.#identity = withParts(before, await service.identify(signal));
      if (!isDeepStrictEqual(this.#identity, before)) onIdentity();
      if (this.#identity?.providerId !== undefined) return;
      await clock.sleep(backoff.next(), signal);
    }
  }

  #create(cloud: Cloud): MetadataService {
    const { client, periodMs, azureApiVersion, clock } = this.#options;
    return createService(cloud, { client, periodMs, azureApiVersion, clock });
  }
}

/** What was said before stays: a later answer may lack another part. */
function withParts(known: MachineIdentity | undefined, said: MachineIdentity | undefined): MachineIdentity | undefined {
  if (known === undefined || said === undefined) return known ?? said;
  const names = [...new Set([...known.names, ...said.names])];
  const providerId = said.providerId ?? known.providerId;
  return { names, ...(providerId === undefined ? {} : { providerId }) };
}
