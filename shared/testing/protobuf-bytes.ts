/** A field of a message: its number, and a number, a text, or the bytes of a message. */
type Field = readonly [number: number, value: number | bigint | string | Buffer];

/** A protobuf message of these fields, in this order. */
export function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => fieldBytes(number, value)));
}

/** A message as the API server sends one that is no event of a watch. */
export function enveloped(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    message([1, message([1, apiVersion], [2, kind])], [2, raw], [3, ''], [4, '']),
  ]);
}

/** A frame of a watch around an object in its envelope. */
export function watchFrame(type: string, object: Buffer): Buffer {
  const event = message([1, type], [2, message([1, object])]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

function fieldBytes(number: number, value: Field[1]): Buffer[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [varint(number << 3), varint(value)];
  const bytes = Buffer.from(value);
  return [varint((number << 3) | 2), varint(bytes.length), bytes];
}

/** Below zero it has ten bytes, as of every int32 and int64. */
function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
