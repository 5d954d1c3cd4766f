import { afterAll, beforeAll, describe } from 'vitest';
import { describeLists } from './lists.ts';
import { describeWatches } from './watches.ts';
import { describeWrites } from './writes.ts';
import { describeAccessAndDiscovery } from './access-and-discovery.ts';
import { describeCustomResources } from './custom-resources.ts';
import { describeWithoutStreamingLists } from './without-streaming-lists.ts';
import { describeProtobuf } from './protobuf.ts';
import { describeThePast } from './the-past.ts';
import { type Dialect, NEWEST, type Start } from './contract-server.ts';
import { Scene } from './scene.ts';

/**
 * States what this project's programs rely on in a Kubernetes API server, from outside, over HTTP. It runs against the
 * fake and against a real server: only what passes on both may be tested with the fake alone. The dialect tells how an
 * older server differs.
 */
export function describeKubeApiserverContract(subject: string, start: Start, dialect: Dialect = NEWEST): void {
  describe(`${subject} keeps the contract`, () => {
    const scene = new Scene(start, dialect);
    beforeAll(() => scene.open());
    afterAll(() => scene.close());

    describeLists(scene);
    describeWatches(scene);
    describeWrites(scene);
    describeAccessAndDiscovery(scene);
    describeCustomResources(scene);
    describeWithoutStreamingLists(scene);
    describeProtobuf(scene);
    describeThePast(scene);
  });
}
