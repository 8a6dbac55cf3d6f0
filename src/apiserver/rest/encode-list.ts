import type { EncodedParts } from '../../api/http.ts';
import type { Served } from './served.ts';

/** Lists longer than this are sent in parts of this size: the client reads the first while the last are being encrypted. */
const partBytes = 64 * 1024;
const comma = 0x2c;
const brace = 0x7b;

/** A piece of the list, of which `cut` bytes are left out at the start. */
interface Piece {
  bytes: Buffer;
  cut: number;
}

/** The pieces of lists that the store hands out again and again, until something in them changes. */
const known = new WeakMap<readonly Served[], readonly Piece[]>();

/**
 * A list's JSON from the items' stored bytes.
 *
 * @param itemKind undefined for lists whose items keep their kind and apiVersion.
 */
export function encodeList(
  head: { kind: string; apiVersion: string },
  entries: readonly Served[],
  itemKind: string | undefined,
): Buffer | EncodedParts {
  let items = known.get(entries);
  if (items === undefined) {
    items = itemsOf(entries, itemKind === undefined ? undefined : { kind: itemKind, apiVersion: head.apiVersion });
    known.set(entries, items);
  }
  const open = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
  const pieces = [{ bytes: open, cut: 0 }, ...items, { bytes: Buffer.from(']}\n'), cut: 0 }];
  const commas = Math.max(0, items.length - 1);
  const length = pieces.reduce((sum, { bytes, cut }) => sum + bytes.length - cut, commas);
  if (length > partBytes) return { length, parts: () => inSpare((part) => fill(part, pieces)) };
  const [whole = Buffer.alloc(0)] = fill(Buffer.allocUnsafe(length), pieces);
  return whole;
}

/**
 * Items of typed lists carry no `kind` and `apiVersion` upstream; both stand first in the stored form, so leaving them out
 * is a cut. Of the comma after them `fill` makes the item's brace.
 */
function itemsOf(entries: readonly Served[], type: { kind: string; apiVersion: string } | undefined): Piece[] {
  const start = Buffer.from(type === undefined ? '' : `${JSON.stringify(type).slice(0, -1)},`);
  return entries.map(({ object, json = Buffer.from(JSON.stringify(object)) }) => ({
    bytes: json,
    cut: type !== undefined && startsWith(json, start) ? start.length - 1 : 0,
  }));
}

const startsWith = (json: Buffer, start: Buffer): boolean => json.length > start.length && start.compare(json, 0, start.length) === 0;

/** Puts the pieces into `part` and yields it each time that it is full, and at the end. */
function* fill(part: Buffer, pieces: readonly Piece[]): Generator<Buffer> {
  let used = 0;
  for (let index = 0; index < pieces.length; index++) {
    const { bytes, cut } = pieces[index] as Piece;
    if (index > 1 && index < pieces.length - 1) {
      if (used === part.length) {
        yield part;
        used = 0;
      }
      part[used] = comma;
      used++;
    }
    for (let from = cut; from < bytes.length; ) {
      if (used === part.length) {
        yield part;
        used = 0;
      }
      const copied = bytes.copy(part, used, from);
      if (from === cut && cut > 0) part[used] = brace;
      used += copied;
      from += copied;
    }
  }
  yield part.subarray(0, used);
}

/** A new buffer for each part of each list would make the garbage collector the greatest cost of a long one. */
const spares: Buffer[] = [];
const sparesKept = 2;

function* inSpare(run: (part: Buffer) => Iterable<Buffer>): Generator<Buffer> {
  const part = spares.pop() ?? Buffer.allocUnsafeSlow(partBytes);
  try {
    yield* run(part);
  } finally {
    if (spares.length < sparesKept) spares.push(part);
  }
}
