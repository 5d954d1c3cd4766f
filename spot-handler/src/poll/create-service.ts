import type { Clock } from '@castai/shared/async/clock.ts';
import { AwsService } from './aws.ts';
import { AzureService } from './azure.ts';
import { GcpService } from './gcp.ts';
import type { ImdsClient } from './imds-client.ts';
import type { MetadataService } from './notice-source.ts';
import { type Cloud, CLOUDS } from './notice.ts';

/** What every service is made of. */
export interface ServiceOptions {
  readonly client: ImdsClient;
  /** From one look to the next where the service does not tell by itself, in milliseconds. */
  readonly periodMs: number;
  readonly azureApiVersion: string;
  readonly clock: Clock;
}

/** The metadata service of a cloud. */
export function createService(cloud: Cloud, options: ServiceOptions): MetadataService {
  const { client, periodMs, azureApiVersion: apiVersion, clock } = options;
  switch (cloud) {
    case 'azure':
      return new AzureService({ client, periodMs, apiVersion, clock });
    case 'aws':
      return new AwsService({ client, periodMs, clock });
    case 'gcp':
      return new GcpService({ client, clock });
  }
}

/** The cloud that a node's providerID names; undefined for another one, or none. */
export function cloudOfProviderId(providerId: string | undefined): Cloud | undefined {
  const scheme = /^(\w+):\/\//.exec(providerId ?? '')?.[1];
  return scheme === 'gce' ? 'gcp' : CLOUDS.find((cloud) => cloud === scheme);
}

/**
 * The cloud whose service answers here; undefined when none does. The three have no path in common, so the first that is recognized is
 * the one: where a service is there, questions for the others may hang.
 */
export async function detectCloud(
  services: Readonly<Record<Cloud, MetadataService>>,
  signal: AbortSignal,
): Promise<Cloud | undefined> {
  const found = new AbortController();
  const stop = (): void => found.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const asked = CLOUDS.map(async (cloud) => {
    if (!(await services[cloud].detect(found.signal))) throw new Error(`it is not ${cloud}`);
    return cloud;
  });
  const cloud = await Promise.any(asked).catch(() => undefined);
  signal.removeEventListener('abort', stop);
  found.abort(new Error('it is known whose service it is'));
  await Promise.allSettled(asked);
  signal.throwIfAborted();
  return cloud;
}
