/**
 * Who signs for a federation: its founding key, which names it, or whom a chain of statements put in its place. Each is
 * signed by the key that goes, or by the recovery key that every member pinned, and by the key that comes.
 */
import type { RandomBytes, Suite } from '../crypto/suite.ts';
import { fromHex, toHex, utf8 } from '../encoding/bytes.ts';
import type { Succession } from './chain.ts';

const DOMAIN = 'entangle/succession/1';

export type Chain = readonly Succession[];

/** What decides whether a chain is one: the graph that it is of, and the recovery key (its sha256, hex) that was pinned. */
export type Founding = { graph: string; recovery: string };

/** The key by which a graph is named. */
export const founderOf = (graph: string): string => graph.slice(0, graph.indexOf('/'));

/** The key that signs by this chain. */
export const signerBy = (graph: string, chain: Chain): string => chain.at(-1)?.to ?? founderOf(graph);

/** What both sign: with the statement before it, so that none can be put into another chain. */
const hashOf = (suite: Suite, graph: string, one: Omit<Succession, 'sig' | 'proof'>, before: string) => {
  const { n, from, to, recovery, epoch, at } = one;
  return suite.sha256(utf8(JSON.stringify([DOMAIN, graph, n, from, to, recovery, epoch, at, before])));
};

/** Names a statement with all before it. */
const digestOf = (suite: Suite, graph: string, chain: Chain): string =>
  chain.reduce((before, one) => toHex(hashOf(suite, graph, one, before)), '');

export type NewSuccession = {
  /** Of the key that goes; or of the recovery key. */
  by: Uint8Array;
  isRecovery: boolean;
  to: Uint8Array;
  epoch: number;
  at: number;
};

/** The chain with one statement more. */
export const succeed = (
  suite: Suite,
  graph: string,
  before: Chain,
  { by, isRecovery, to, epoch, at }: NewSuccession,
  random: RandomBytes,
): Succession[] => {
  const keyOf = (secretKey: Uint8Array): string => toHex(suite.publicKey(secretKey));
  const said = {
    n: before.length + 1,
    from: signerBy(graph, before),
    to: keyOf(to),
    recovery: isRecovery ? keyOf(by) : null,
    ...{ epoch, at },
  };
  const hash = hashOf(suite, graph, said, digestOf(suite, graph, before));
  const sign = (secretKey: Uint8Array): string => toHex(suite.sign(hash, secretKey, random(32)));
  return [...before, { ...said, sig: sign(by), proof: sign(to) }];
};

/** Whether each statement of it is signed by whom it has to be, and leads from the one before to a key that is new. */
export const isChain = (suite: Suite, { graph, recovery }: Founding, chain: Chain): boolean => {
  const keys = new Set([founderOf(graph)]);
  let before = '';
  for (const [i, one] of chain.entries()) {
    if (one.n !== i + 1 || one.from !== signerBy(graph, chain.slice(0, i)) || keys.has(one.to)) return false;
    if (one.recovery !== null && toHex(suite.sha256(fromHex(one.recovery))) !== recovery) return false;
    const hash = hashOf(suite, graph, one, before);
    const isBy = (sig: string, key: string) => suite.verify(fromHex(sig), hash, fromHex(key));
    if (!isBy(one.sig, one.recovery ?? one.from) || !isBy(one.proof, one.to)) return false;
    keys.add(one.to);
    before = toHex(hash);
  }
  return chain.length > 0;
};

/**
 * What a chain is to somebody who follows another: nothing new; what follows from it; one that a recovery put above it
 * (docs/decisions/0124); one that a recovery of its own puts below it; or a second successor of one key.
 */
export type ChainRelation = 'known' | 'follows' | 'above' | 'below' | 'conflict';

export const relationOf = (mine: Chain, theirs: Chain): ChainRelation => {
  const shared = sharedBy(mine, theirs);
  const [left, right] = [mine.slice(shared), theirs.slice(shared)];
  if (right.length === 0) return 'known';
  if (left.length === 0) return 'follows';
  const [isMine, isTheirs] = [hasRecovery(left), hasRecovery(right)];
  if (isMine === isTheirs) return 'conflict';
  return isTheirs ? 'above' : 'below';
};

/** Of two chains the one that stands, whichever came first: without a recovery on one side alone, an arbitrary one. */
export const standing = <C extends Chain>(one: C, other: C): C => {
  const relation = relationOf(one, other);
  if (relation !== 'conflict') return relation === 'follows' || relation === 'above' ? other : one;
  const shared = sharedBy(one, other);
  return textOf(one[shared]!) <= textOf(other[shared]!) ? one : other;
};

const hasRecovery = (chain: Chain): boolean => chain.some(({ recovery }) => recovery !== null);

/** How many statements both begin with. */
const sharedBy = (one: Chain, other: Chain): number => {
  const at = one.findIndex((mine, i) => other[i] === undefined || textOf(mine) !== textOf(other[i]));
  return at === -1 ? one.length : at;
};

/** What is said, whoever signed it anew: signatures have randomness in them. */
const textOf = ({ n, from, to, recovery, epoch, at }: Succession): string =>
  JSON.stringify([n, from, to, recovery, epoch, at]);
