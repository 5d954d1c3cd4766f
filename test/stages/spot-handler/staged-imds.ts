import { type FakeImds, startAwsImds, startAzureImds, startGcpImds } from '../../fakes/imds.ts';
import type { AwsImds } from '../../fakes/imds/aws.ts';
import type { AzureImds } from '../../fakes/imds/azure.ts';
import type { GcpImds } from '../../fakes/imds/gcp.ts';

/** A cloud and its fake. */
export interface ImdsOf {
  azure: AzureImds;
  aws: AwsImds;
  gcp: GcpImds;
}

/** Starts the metadata service of a cloud. */
export async function startImds<Cloud extends keyof ImdsOf>(cloud: Cloud): Promise<FakeImds<ImdsOf[Cloud]>> {
  const starters = { azure: startAzureImds, aws: startAwsImds, gcp: startGcpImds } as const;
  return (await starters[cloud]()) as unknown as FakeImds<ImdsOf[Cloud]>;
}
