/** What a team demands of every commit: a file, read strictly. Each rule that fits a commit adds to the others; none takes away. */
import * as z from 'zod';
import { readBy } from '../encoding/issues.ts';
import { list, name, text } from '../encoding/schema.ts';
import { parseYaml } from '../encoding/yaml.ts';
import { EntangleError } from '../errors.ts';
import { HEADS } from '../source/remote.ts';
import { EVIDENCE_RULES } from '../vocabulary.ts';
import { canFit, fitsPattern } from './pattern.ts';

const pattern = text(200).refine(
  canFit,
  'must be what something can fit: names with / between them and none around them, with * and ** alone for others; all below a directory is DIR/**',
);
const branch = pattern.refine((one) => !one.startsWith('refs/'), 'must be a branch, without refs/heads/');
const patterns = (of: typeof pattern) => list(of, 64).min(1).exactOptional();
const demand = {
  quorum: z.int().min(1).max(32).exactOptional(),
  require: list(z.enum(EVIDENCE_RULES), EVIDENCE_RULES.length).exactOptional(),
  /** Persons by the names that the graph has for them: as many as `quorum` says, of these. */
  by: list(name, 32).min(1).exactOptional(),
};
const rule = z
  .strictObject({ ...demand, branches: patterns(branch), paths: patterns(pattern) })
  .refine(
    ({ branches, paths }) => branches !== undefined || paths !== undefined,
    'must have branches or paths; what holds of every commit stands above the rules',
  )
  .refine(
    ({ quorum, require, by }) => quorum !== undefined || require !== undefined || by !== undefined,
    'must demand something: quorum, require or by',
  );
const policyShape = z.strictObject({ ...demand, rules: list(rule, 64).exactOptional() });

export type PolicyRule = z.infer<typeof rule>;

/** The rules of a file; what stands above them is one that fits every commit. */
export const readPolicy = (file: string, words: string): readonly PolicyRule[] => {
  const wrong = (why: string): EntangleError =>
    new EntangleError('invalid', `${file} is no policy: ${why}`, {
      hint: 'write it like this: `quorum: 1`, and `rules: [{ paths: ["src/**"], quorum: 2, require: [touch] }]`; see docs/verify.md',
    });
  const { rules = [], ...all } = readBy(policyShape, parseYaml(words, wrong), wrong);
  if (rules.length === 0 && Object.keys(all).length === 0) throw wrong('it demands nothing');
  const faulty = [all, ...rules].find(({ by, quorum = 1 }) => by !== undefined && new Set(by).size < quorum);
  if (faulty) throw wrong(`by: fewer people than the quorum of ${faulty.quorum}`);
  return [all, ...rules];
};

/** Of a commit that was approved for this reference and changes these paths. */
export const isRuleOf = (
  { branches, paths }: PolicyRule,
  ref: string,
  changed: readonly string[],
): boolean => {
  const branch = ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
  return (
    (branches === undefined || branches.some((pattern) => fitsPattern(pattern, branch))) &&
    (paths === undefined || paths.some((pattern) => changed.some((path) => fitsPattern(pattern, path))))
  );
};

type Demands = { quorum: number } & Record<(typeof EVIDENCE_RULES)[number], boolean>;
/** All that is wanted by them and by who asks. */
export const strictest = <W extends Demands>(wanted: W, rules: readonly PolicyRule[]): W => {
  const quorums = rules.map(({ quorum = 1 }) => quorum);
  const isWanted = (word: (typeof EVIDENCE_RULES)[number]) =>
    wanted[word] || rules.some(({ require = [] }) => require.includes(word));
  return {
    ...wanted,
    quorum: Math.max(wanted.quorum, ...quorums),
    ...{ exact: isWanted('exact'), touch: isWanted('touch'), logged: isWanted('logged') },
  };
};
