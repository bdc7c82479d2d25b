/** Choices that follow from a seed alone: what a run did can be done again. */
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import type { RandomBytes } from '../../src/core/crypto/suite.ts';
import { utf8 } from '../../src/core/encoding/bytes.ts';

export type Dice = {
  /** In 0..1, 1 excluded. */
  next(): number;
  chance(part: number): boolean;
  /** An integer in from..to, both included. */
  between(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
};

/** sfc32: four words of state out of the seed's hash, 32 bits a step. */
const words = (seed: string): (() => number) => {
  const view = new DataView(suiteWasm.sha256(utf8(seed)).slice().buffer);
  let [a, b, c, d] = [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)];
  return () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
};

export const createDice = (seed: string): Dice => {
  const word = words(seed);
  const next = () => word() / 2 ** 32;
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    chance: (part) => next() < part,
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
  };
};

/** The same bytes for the same seed. */
export const seededRandom = (seed: string): RandomBytes => {
  const word = words(seed);
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const value = word();
      for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = value >>> (8 * i);
    }
    return bytes;
  };
};
