/** The seals of closed segments: `000001.seal` says what `000001.ndjson` was when it was verified. */
import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Head } from '../../core/ledger/line.ts';
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import { readBoundedNow } from '../system/files.ts';
import { type LinePlace, segmentPath } from './read.ts';

const MAX_BYTES = 4_096;
const SEAL = /^\d{6}\.seal$/;

export const sealPath = (directory: string, segment: number): string =>
  segmentPath(directory, segment).replace(/ndjson$/, 'seal');

/** No line of it is to blame: what follows it was chained anew, or the past was written twice. */
export const notAsSealed = (directory: string, segment: number): EntangleError =>
  new EntangleError(
    'invalid',
    `${segmentPath(directory, segment)} is not what was sealed: each of its lines is right, and they are others`,
    { hint: 'restore the file from a backup: what was sealed never changes' },
  );

/** The text of a segment's seal; undefined where there is none. What is no small file is as good as an empty one. */
export const readSealText = (directory: string, segment: number): string | undefined => {
  try {
    return readBoundedNow(sealPath(directory, segment), MAX_BYTES)?.toString('utf8');
  } catch {
    return '';
  }
};

/** Takes away the seals of this segment and of later ones; how many there were. */
export const removeSeals = async (directory: string, from = 1): Promise<number> => {
  const names = (await readdir(directory)).filter(
    (name) => SEAL.test(name) && Number.parseInt(name, 10) >= from,
  );
  for (const name of names) await rm(join(directory, name), { force: true });
  return names.length;
};

/** What a seal or a mark says of a segment, kept while its lines are gone over. */
export class SegmentTally {
  #segment = 0;
  #before: Head = { n: 0, chain: '' };
  #bytes = 0;
  #hash: Hash = createHash('sha256');
  /** Gives the hash of what came before these bytes, where nobody needed it yet. */
  #behind: { hash: () => Hash; later: Uint8Array[] } | null = null;

  /** Goes on after these bytes of a segment, which `hash` goes over when a digest of it is first asked for. */
  static after({ segment, first, before, bytes }: SegmentSeal, hash: () => Hash): SegmentTally {
    const tally = new SegmentTally();
    tally.begin(segment, { n: first - 1, chain: before });
    tally.#bytes = bytes;
    tally.#behind = { hash, later: [] };
    return tally;
  }

  /** Bytes at a place, verified, whose first line follows `before`. The seal of the segment before, where they begin one. */
  add(place: LinePlace, before: Head, ...bytes: readonly Uint8Array[]): SegmentSeal | null {
    const closed = place.offset === 0 && this.#bytes > 0 ? this.#closed(before) : null;
    if (place.offset === 0) this.begin(place.segment, before);
    for (const some of bytes) {
      if (this.#behind === null) this.#hash.update(some);
      else this.#behind.later.push(Uint8Array.from(some));
      this.#bytes += some.length;
    }
    return closed;
  }

  begin(segment: number, before: Head): void {
    this.#segment = segment;
    this.#before = before;
    this.#bytes = 0;
    this.#hash = createHash('sha256');
    this.#behind = null;
  }

  /** Where the segment began, and the digest of its bytes so far. */
  value(): Pick<SegmentSeal, 'segment' | 'first' | 'before' | 'sha256'> {
    const { n, chain } = this.#before;
    if (this.#behind !== null) {
      this.#hash = this.#behind.hash();
      for (const some of this.#behind.later) this.#hash.update(some);
      this.#behind = null;
    }
    return { segment: this.#segment, first: n + 1, before: chain, sha256: this.#hash.copy().digest('hex') };
  }

  #closed({ n, chain }: Head): SegmentSeal {
    return { n, chain, ...this.value(), bytes: this.#bytes };
  }
}

/** True where both say the same of a segment. */
export const isSameSeal = (one: SegmentSeal, other: SegmentSeal): boolean =>
  (Object.keys(one) as (keyof SegmentSeal)[]).every((key) => one[key] === other[key]);

/** A closed segment by its seal, or what the mark says of the beginning of the open one. */
export type Covered = SegmentSeal & { isOpen?: true };

/** True where the file has as many bytes as were sealed; the open one may have more. */
export const hasSealedSize = (directory: string, { segment, bytes, isOpen }: Covered): boolean => {
  const { size } = statSync(segmentPath(directory, segment));
  return isOpen ? size >= bytes : size === bytes;
};
