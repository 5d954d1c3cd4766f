import type { LoggedRequest } from '../../fakes/kube-apiserver/request-log.ts';
import type { BenchFake } from './servers.ts';

/** The requests of one verb that the fake has had, oldest first. */
export async function requestsFor({ client }: Pick<BenchFake, 'client'>, verb: string): Promise<LoggedRequest[]> {
  return (await client.request('GET', `/_fake/requests?verb=${verb}`)) as unknown as LoggedRequest[];
}
