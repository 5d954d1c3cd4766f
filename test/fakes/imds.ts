import type { Clock } from '@castai/shared/async/clock.ts';
import { AwsImds } from './imds/aws.ts';
import { AzureImds, type AzureMachine } from './imds/azure.ts';
import { GcpImds } from './imds/gcp.ts';
import { ImdsServer } from './imds/imds-server.ts';

/** Where a fake metadata service listens. */
export interface FakeImdsOptions {
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** 127.0.0.1 unless told. */
  readonly host?: string;
  readonly clock?: Clock;
}

/** A fake metadata service: what is known, and the server that tells it. */
export interface FakeImds<Service> extends AsyncDisposable {
  readonly service: Service;
  readonly server: ImdsServer;
  /** Address without a trailing slash. */
  readonly url: string;
}

/** A machine on Azure, of a Uniform scale set unless told. */
export async function startAzureImds(
  options: FakeImdsOptions & { readonly machine?: AzureMachine } = {},
): Promise<FakeImds<AzureImds>> {
  return start(new AzureImds(options), options);
}

/** An instance of EC2. */
export async function startAwsImds(options: FakeImdsOptions = {}): Promise<FakeImds<AwsImds>> {
  return start(new AwsImds(options), options);
}

/** A machine on GCP. */
export async function startGcpImds(options: FakeImdsOptions = {}): Promise<FakeImds<GcpImds>> {
  return start(new GcpImds(options), options);
}

async function start<Service extends AwsImds | AzureImds | GcpImds>(
  service: Service,
  options: FakeImdsOptions,
): Promise<FakeImds<Service>> {
  const server = new ImdsServer({ ...options, service });
  await server.listen();
  return {
    service,
    server,
    get url() {
      return server.url;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
