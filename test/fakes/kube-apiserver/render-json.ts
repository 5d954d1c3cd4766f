import { type Rendered, type Renderer, bookmarkMetadata, remembered } from './renderer.ts';
import { type StoredObject, decodeObject } from './stored-object.ts';

const CONTENT_TYPE = { whole: 'application/json', watch: 'application/json' };

/** Objects as JSON, made of the bytes that are stored. */
export function jsonRenderer({ type, apiVersion, kind, isMetadataOnly }: Rendered): Renderer {
  const typeMeta = type.isCustom && !isMetadataOnly ? { apiVersion, kind } : { kind, apiVersion };
  const head = Buffer.from(`${JSON.stringify(typeMeta).slice(0, -1)},`);
  const body = (object: StoredObject): Buffer =>
    isMetadataOnly ? Buffer.from(JSON.stringify({ metadata: decodeObject(type, object).metadata })) : object.json;
  const single = (object: StoredObject): Buffer => Buffer.concat([head, body(object).subarray(1)]);
  return {
    contentType: CONTENT_TYPE,
    single,
    page: (metadata, objects) => {
      const meta = JSON.stringify(metadata);
      // Custom resources are printed field by field in alphabetical order: the items come before the metadata.
      const [before, after] =
        type.isCustom && !isMetadataOnly
          ? [`{"apiVersion":"${apiVersion}","items":[`, `],"kind":"${kind}List","metadata":${meta}}\n`]
          : [`{"kind":"${kind}List","apiVersion":"${apiVersion}","metadata":${meta},"items":[`, ']}\n'];
      const items = objects.map(type.isCustom || isMetadataOnly ? single : (object) => object.json);
      return join({ head: Buffer.from(before), items, tail: Buffer.from(after) });
    },
    event: remembered((event, object) => frame(event, [head, body(object).subarray(1)])),
    bookmark: (resourceVersion, isMarker) =>
      frame('BOOKMARK', [jsonOf({ ...typeMeta, metadata: bookmarkMetadata(resourceVersion, isMarker) })]),
    error: (status) => frame('ERROR', [jsonOf(status)]),
    foreign: jsonFrame,
  };
}

const LINE_END = Buffer.from('\n');
const FRAME_END = Buffer.from('}\n');
const COMMA = Buffer.from(',');
const PIECE_BYTES = 256 * 1024;

/** A frame that a test made up: a text as it is, anything else as a line. */
export function jsonFrame(data: unknown): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.concat([jsonOf(data), LINE_END]);
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function frame(type: string, object: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), ...object, FRAME_END]);
}

function join({ head, items, tail }: { head: Buffer; items: readonly Buffer[]; tail: Buffer }): Buffer[] {
  const pieces: Buffer[] = [];
  let piece: Buffer[] = [head];
  let size = 0;
  for (const [index, item] of items.entries()) {
    if (index > 0) piece.push(COMMA);
    piece.push(item);
    size += item.length;
    if (size < PIECE_BYTES) continue;
    pieces.push(Buffer.concat(piece));
    piece = [];
    size = 0;
  }
  pieces.push(Buffer.concat([...piece, tail]));
  return pieces;
}
