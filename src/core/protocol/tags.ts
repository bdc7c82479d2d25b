/** Tags of a signed event, read strictly: each name exactly once with exact length, no others. */
import { EntangleError } from '../errors.ts';
import { hexOf, UUID } from '../grammars.ts';
import type { Epoch } from './message.ts';

export type Tags = {
  v: string;
  p: string;
  type: string;
  graph: string;
  dedup: string;
  seq: { stream: string; n: number } | null;
  epoch: Epoch;
  rev: number | null;
  e: string | null;
  session: string | null;
  conversation: string | null;
  expiration: number | null;
  alt: string | null;
};

/** Below 2^48, like every count of a body: what a tag says can be said back in one. */
const NUMBER = /^(?:0|[1-9][0-9]{0,13})$/;
const ORDINAL = /^[1-9][0-9]{0,13}$/;
const HEX16 = hexOf(16).pattern;
const HEX32 = hexOf(32).pattern;
/** What else it may be is for the check that computes it again to say. */
const SENTENCE = /^[^\u0000-\u001f\u007f]{1,200}$/;
const any = (max: number) => new RegExp(`^[\\x21-\\x7e]{1,${max}}$`);

/** Name → the shape of its values, in order. Optional ones have a `?`. */
const SHAPE: ReadonlyMap<string, { values: RegExp[]; optional?: true }> = new Map(
  Object.entries({
    v: { values: [any(32)] },
    p: { values: [HEX32] },
    type: { values: [any(64)] },
    graph: { values: [any(200)] },
    dedup: { values: [any(200)] },
    epoch: { values: [NUMBER, HEX16] },
    seq: { values: [HEX16, ORDINAL], optional: true as const },
    rev: { values: [NUMBER], optional: true as const },
    e: { values: [HEX32], optional: true as const },
    session: { values: [UUID.pattern], optional: true as const },
    conversation: { values: [UUID.pattern], optional: true as const },
    expiration: { values: [NUMBER], optional: true as const },
    alt: { values: [SENTENCE], optional: true as const },
  }),
);

const fits = (name: string, values: readonly string[]): boolean => {
  const shape = SHAPE.get(name);
  return shape?.values.length === values.length && shape.values.every((re, i) => re.test(values[i]!));
};

/** Names of tags that nobody could read back as they are. */
export const unreadableTags = (tags: readonly (readonly string[])[]): string[] =>
  tags.filter(([name = '', ...values]) => !fits(name, values)).map(([name = '']) => name);

/** The tags, and whether they were exactly as the protocol has them. Throws where a needed one is not there. */
export const parseTags = (tags: readonly (readonly string[])[]): { tags: Tags; exact: boolean } => {
  const found = new Map<string, readonly string[]>();
  let exact = true;
  for (const [name = '', ...values] of tags) {
    if (!fits(name, values) || found.has(name)) exact = false;
    else found.set(name, values);
  }
  for (const [name, shape] of SHAPE)
    if (!shape.optional && !found.has(name)) throw new EntangleError('invalid', `no ${name} tag`);
  const one = (name: string) => found.get(name)?.[0] ?? null;
  const number = (name: string) => (found.has(name) ? Number(one(name)) : null);
  const [stream, n] = found.get('seq') ?? [];
  const [epoch, boot] = found.get('epoch')!;
  return {
    exact,
    tags: {
      v: one('v')!,
      p: one('p')!,
      type: one('type')!,
      graph: one('graph')!,
      dedup: one('dedup')!,
      seq: stream === undefined ? null : { stream, n: Number(n) },
      epoch: { n: Number(epoch), boot: boot! },
      rev: number('rev'),
      e: one('e'),
      session: one('session'),
      conversation: one('conversation'),
      expiration: number('expiration'),
      alt: one('alt'),
    },
  };
};
