/** Blobs over the wire: parts that fit a message, only to those whom a message named the bytes to. */
import { cutIntoBlobs } from '../../core/encoding/blobs.ts';
import { concat, fromBase64, toBase64, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { partBounds, partCount } from '../../core/protocol/blob-parts.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial } from './authorization-context.ts';
import type { Exchange } from './exchange.ts';
import type { Home } from './home.ts';
import { readBody } from './read-event.ts';

/** Keeps bytes of any length; their blobs, in order. */
export const putInBlobs = async ({ blobs }: Pick<Home, 'blobs'>, bytes: Uint8Array): Promise<string[]> => {
  const digests: string[] = [];
  for (const part of cutIntoBlobs(bytes)) digests.push(await blobs.put(part));
  return digests;
};

/** Answers every open request for bytes that are here. */
export const serveBlobs = async (home: Home, exchange: Pick<Exchange, 'send'>): Promise<void> => {
  const asked = (holder: string) => home.tables.list('blob_requests', { holder, served: 0 });
  for (const get of [...home.identities.keys()].flatMap(asked)) {
    const { holder } = get;
    if (edgeDenial(home, holder, get.asker, 'blob.part', true)) continue;
    const bytes = await home.blobs.get(get.sha256).catch((error: unknown) => unreadable(home, error));
    // A Host removes none: what it lost comes back with its backup
    if (bytes === null || (bytes === undefined && home.kind === 'host')) continue;
    if (bytes === undefined) await exchange.send([partOf(get, NOT_KEPT)]);
    else for (const parts of partsOf(get, bytes)) await exchange.send(parts);
  }
};
/** Each is signed and sealed for a millisecond or two, and others go on between two such lists. */
const PARTS_AT_ONCE = 4;

type Part = Omit<BodyOf<'blob.part'>, 'sha256'>;
/** What makes room for others is asked for all the same. */
const NOT_KEPT: Part = { n: 0, of: 0, data: '' };
const partOf = (get: RowOf<'blob_requests'>, part: Part): Draft<'blob.part'> => ({
  ...{ type: 'blob.part', from: get.holder, to: get.asker, re: get.id },
  body: { sha256: get.sha256, ...part },
  dedup: `part:${get.id}:${part.n}`,
});
/** The last of them answers its question: until it is on record, all that are not are sent again. */
function* partsOf(get: RowOf<'blob_requests'>, bytes: Uint8Array): Generator<Draft<'blob.part'>[]> {
  const of = partCount(bytes.length);
  for (let from = 0; from < of; from += PARTS_AT_ONCE)
    yield Array.from({ length: Math.min(PARTS_AT_ONCE, of - from) }, (_, i) => {
      const bounds = partBounds(bytes.length, from + i);
      return partOf(get, { n: from + i, of, data: toBase64(bytes.subarray(...bounds)) });
    });
}

/** One damaged file keeps its own question unanswered, and nothing else. */
const unreadable = (home: Home, error: unknown): null => {
  if (!(error instanceof EntangleError)) throw error;
  home.log('error', error.message);
  return null;
};

/** Everybody who named them to this person says that they are not kept. */
export const isNotKept = (home: Home, sha256: string): boolean => {
  const reader = home.self.pubkey;
  const holders = home.tables.list('blob_grants', { sha256, reader }).map(({ holder }) => holder);
  const saysSo = (by: string) => home.tables.get('blob_parts', sha256, by, 0)?.of === 0;
  return holders.length > 0 && holders.every(saysSo);
};

/** Asked once by each home: one that has its key from a backup has none of the bytes that another was given. */
const getKey = ({ stream }: Home, sha256: string): string => `get:${sha256}:${stream}`;

/** Asks for the list of each of the newest routes, once. */
export const fetchRoutes = async (home: Home, exchange: Pick<Exchange, 'send'>): Promise<void> => {
  const coming = home.tables.list('announced_routes');
  if (coming.length === 0) return;
  await exchange.send(
    coming.map(({ me, sha256 }) => ({
      type: 'blob.get' as const,
      from: me,
      to: home.host,
      body: { sha256 },
      dedup: getKey(home, sha256),
    })),
  );
};

/** Fetches what open questions are about: who decides looks at the bytes. */
export const fetchBlobs = async (home: Home, exchange: Pick<Exchange, 'send'>): Promise<void> => {
  const open = { open: 1 } as const;
  const asked = [...home.tables.list('approvals', open), ...home.tables.list('reviews', open)];
  for (const { diff, whole } of asked)
    for (const part of whole === null ? diff : [whole, ...diff]) await fetchBlob(home, exchange, part);
};

/** Puts the bytes together when they came complete; asks whoever named them to me, once. */
export const fetchBlob = async (
  home: Home,
  exchange: Pick<Exchange, 'send'>,
  sha256: string,
): Promise<void> => {
  if (await home.blobs.has(sha256)) return;
  const reader = home.self.pubkey;
  const named = home.tables.list('blob_grants', { sha256, reader });
  await fetchFrom(home, exchange, { sha256, reader, holders: named.map(({ holder }) => holder) });
};

/** A message names bytes: who wrote it, and which identity of this home reads it. */
export type WriterAndReader = { writer: string; reader: string };

/**
 * True when the bytes are here and were given by who wrote the message that names them, who is asked else: a digest is
 * known to more than may read what it is of, and who names one of another's text gets nobody to read that. What an
 * identity of this home wrote is here.
 */
export const fetchNamed = async (
  home: Home,
  exchange: Pick<Exchange, 'send'>,
  sha256: string,
  { writer, reader }: WriterAndReader,
): Promise<boolean> =>
  home.identities.has(writer)
    ? home.blobs.has(sha256)
    : fetchFrom(home, exchange, { sha256, reader, holders: [writer] });

const fetchFrom = async (
  home: Home,
  exchange: Pick<Exchange, 'send'>,
  { sha256, reader, holders }: { sha256: string; reader: string; holders: readonly string[] },
): Promise<boolean> => {
  for (const holder of holders) if (await isGiven(home, sha256, holder)) return true;
  // Who named it and was replaced since cannot be asked; whoever took its place has named it too
  const reachable = holders.filter((holder) => !edgeDenial(home, reader, holder, 'blob.get', true));
  await exchange.send(
    reachable.map((holder) => ({
      type: 'blob.get' as const,
      from: reader,
      to: holder,
      body: { sha256 },
      dedup: getKey(home, sha256),
    })),
  );
  return false;
};

/** Found once: a reader looks again and again. */
const given = new WeakMap<Home, Set<string>>();
/** True when all parts came from that one, and their digest is right: then the bytes are here. */
const isGiven = async (home: Home, sha256: string, by: string): Promise<boolean> => {
  const found = given.get(home) ?? new Set();
  given.set(home, found);
  const key = `${sha256} ${by}`;
  if (found.has(key) && (await home.blobs.has(sha256))) return true;
  const parts = home.tables.list('blob_parts', { sha256, by }, { order: 'n' });
  if (parts.length === 0 || parts.length !== parts[0]!.of) return false;
  const bodies = await Promise.all(parts.map((part) => readBody<BodyOf<'blob.part'>>(home, part.id)));
  const bytes = concat(...bodies.map((body) => fromBase64(body?.data ?? '')));
  if (toHex(home.suite.sha256(bytes)) !== sha256) return false;
  await home.blobs.put(bytes);
  found.add(key);
  return true;
};
