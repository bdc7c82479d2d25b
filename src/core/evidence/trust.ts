/** Whose word counts for a repository: `.entangle/trust.yaml`, read of its base and never of what is checked. */
import * as z from 'zod';
import { isWord } from '../encoding/grammar.ts';
import { parsePubkey } from '../encoding/id.ts';
import { readBy } from '../encoding/issues.ts';
import { count, hex, matching } from '../encoding/schema.ts';
import { parseYaml } from '../encoding/yaml.ts';
import { EntangleError } from '../errors.ts';
import { PUBLIC_KEY_TEXT } from '../grammars.ts';
import { parseRemote } from '../source/remote.ts';
import { EVIDENCE_RULES } from '../vocabulary.ts';
import type { Wanted } from './case.ts';
import type { RetiredKey } from './retired.ts';

export const TRUST_FILE = '.entangle/trust.yaml';
const trustShape = z.strictObject({
  authorities: z.array(matching(PUBLIC_KEY_TEXT)).min(1).max(32),
  repository: z.string().max(2048).exactOptional(),
  /** As `host audit rotate-key` prints them. */
  retired: z
    .array(z.strictObject({ log: hex(32), lines: count, until: count }))
    .max(64)
    .exactOptional(),
});
/**
 * Keys in hex of Hosts; the address by which the repository is approved for, where the file names one; keys of their logs that
 * were replaced.
 */
export type TrustRoots = {
  authorities: readonly string[];
  repository: string | null;
  retired: readonly RetiredKey[];
};

const wrong = (why: string): EntangleError =>
  new EntangleError('invalid', `${TRUST_FILE} of the base: ${why}`, {
    hint: 'fix it on the base branch: `authorities: [npub1…]`, and `repository: URL` where its address is another here',
  });

export const readTrust = (text: string): TrustRoots => {
  const { authorities, repository, retired = [] } = readBy(trustShape, parseYaml(text, wrong), wrong);
  return {
    authorities: authorities.map((one) => parsePubkey(one)),
    repository: repository === undefined ? null : parseRemote(repository).url,
    retired: retired.map(({ log, lines, until }) => ({ log, graph: null, until, size: lines })),
  };
};

/** `quorum=2,exact,touch`. */
export const readRequirements = (text: string): Pick<Wanted, 'quorum' | (typeof EVIDENCE_RULES)[number]> => {
  const wanted = { quorum: 1, exact: false, touch: false, logged: false };
  for (const word of text.split(',').filter(Boolean)) {
    const quorum = /^quorum=([1-9][0-9]?)$/.exec(word)?.[1];
    if (quorum !== undefined) wanted.quorum = Number(quorum);
    else if (isWord(EVIDENCE_RULES, word)) wanted[word] = true;
    else
      throw new EntangleError('usage', `"${word.slice(0, 40)}" is nothing that can be required`, {
        hint: 'use quorum=N, exact, touch, logged, or several of them: `--require quorum=2,touch`',
      });
  }
  return wanted;
};
