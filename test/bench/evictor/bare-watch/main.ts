/**
 * Watches the pods of an API server and throws away what it hears: what idling costs whoever has to hear of pods at all. A process of its own,
 * so that it is measured like the program beside it.
 *
 *   main.ts <url> <token> <caFile> bytes|parsed|protobuf
 *
 * `bytes` counts the bytes that come; `parsed` makes an object of each event as well; `protobuf` counts the bytes of protobuf.
 * Prints `{"watches":true}` when it does.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

const [url = '', token = '', caFile = '', mode = 'bytes'] = process.argv.slice(2);
const ca = await readFile(caFile, 'utf8');
const dispatcher = new Agent({ connect: { ca }, allowH2: false, bodyTimeout: 0 });
const headers = { authorization: `Bearer ${token}` };
const accept = mode === 'protobuf' ? 'application/vnd.kubernetes.protobuf;stream=watch' : 'application/json';

const list = await request(`${url}/api/v1/pods?limit=1`, { dispatcher, headers });
const { metadata } = (await list.body.json()) as { metadata: { resourceVersion: string } };
const query = new URLSearchParams({ watch: '1', resourceVersion: metadata.resourceVersion, timeoutSeconds: '36000' });
const watched = await request(`${url}/api/v1/pods?${query.toString()}`, {
  dispatcher,
  headers: { ...headers, accept },
});
const { body } = watched;
const type = String(watched.headers['content-type']);
if (type.includes('protobuf') !== (mode === 'protobuf')) throw new Error(`asked for ${accept}, got ${type}`);
process.stdout.write('{"watches":true}\n');

let heard = 0;
let begun: Buffer[] = [];
for await (const chunk of body as AsyncIterable<Buffer>) {
  if (mode !== 'parsed') {
    heard += chunk.length;
    continue;
  }
  let from = 0;
  for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
    const line = Buffer.concat([...begun, chunk.subarray(from, end)]).toString();
    if (typeof JSON.parse(line) === 'object') heard += 1;
    begun = [];
    from = end + 1;
  }
  if (from < chunk.length) begun.push(chunk.subarray(from));
}
process.stdout.write(`{"heard":${heard}}\n`);
