/** `entangle verify`: what a commit, or each of a range, comes to, and how that ends the command. */
import { setFlagsFromString } from 'node:v8';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../../adapters/git/evidence-source.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import type { CommitFacts, Wanted } from '../../core/evidence/case.ts';
import { wordsOfReason } from '../../core/evidence/checks.ts';
import { checkMerge } from '../../core/evidence/merges.ts';
import { readPolicy } from '../../core/evidence/policy.ts';
import { readRequirements, TRUST_FILE } from '../../core/evidence/trust.ts';
import { type CheckedCommit, verifyCommit } from '../../core/evidence/verify.ts';
import { ATTESTATIONS, parseRemote } from '../../core/source/remote.ts';
import type { EvidenceVerdict } from '../../core/vocabulary.ts';
import type { EvidenceSource } from '../../ports/index.ts';
import { counted } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { retiredKeys, trustedBy } from './trusted.ts';

export const repositoryFlag = {
  repo: Flags.string({
    description: 'a clone; the one that this directory is in when left out',
    env: 'ENTANGLE_REPO',
    helpValue: 'DIR',
    default: '.',
  }),
};
export const authorityFlag = {
  authority: Flags.string({
    description: 'public key of a Host whose word counts; more than once for several',
    env: 'ENTANGLE_AUTHORITY',
    helpValue: 'NPUB',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
export const verifyFlags = {
  ...repositoryFlag,
  ...authorityFlag,
  branch: Flags.string({
    description: 'it must have been approved for this branch',
    env: 'ENTANGLE_BRANCH',
    helpValue: 'BRANCH',
  }),
  repository: Flags.string({
    description: 'address for which it must have been approved; those of the remotes when left out',
    env: 'ENTANGLE_REPOSITORY',
    helpValue: 'URL',
  }),
  require: Flags.string({
    description:
      'more than its policy wants: quorum=N persons; exact: nothing on the word of the Host alone; touch: of a key, by each; logged: a proof that the Host has it in its log',
    env: 'ENTANGLE_REQUIRE',
    helpValue: 'RULES',
  }),
  policy: Flags.string({
    description:
      'file with what is demanded of every commit, and of those of some branches or paths: read it from the base, never from what is checked',
    env: 'ENTANGLE_POLICY',
    helpValue: 'FILE',
  }),
  'merges-ok': Flags.boolean({
    description:
      'in a range, a merge of two commits needs no approval of its own where both are verified or before the range, and its tree is exactly what git makes of them by itself',
    env: 'ENTANGLE_MERGES_OK',
  }),
  bundle: Flags.string({
    description: 'instead of a commit: a file that `host audit prove` wrote',
    env: 'ENTANGLE_BUNDLE',
    helpValue: 'FILE',
    exclusive: ['branch', 'repository', 'require', 'policy', 'merges-ok'],
  }),
};
export type VerifyGiven = {
  repo: string;
  authority?: readonly string[] | undefined;
  branch?: string | undefined;
  repository?: string | undefined;
  require?: string | undefined;
  policy?: string | undefined;
  'merges-ok'?: boolean | undefined;
};

export type VerifiedCommit = {
  commit: string;
  verdict: EvidenceVerdict;
  /** The code of why it is not; null where it is verified. */
  fault: string | null;
  /** Persons who approved it by their own signature, and those of whom only the Host says so. */
  signed: readonly string[];
  told: readonly string[];
  /** Those of both who touched a key for it. */
  touched: readonly string[];
  /** Whether a proof is here that the Host has its statement in its log. */
  logged: boolean;
  /** It is a merge that adds nothing to what is verified, and nobody approved it. */
  isPlainMerge: boolean;
  node: string | null;
  session: string | null;
  authority: string | null;
};
export type Verified = { commits: number; items: VerifiedCommit[] };

const viewOf = ({
  commit,
  verdict,
  reason,
  about,
  signed,
  told,
  touched,
}: CheckedCommit): VerifiedCommit => ({
  ...{ commit, verdict, fault: reason, signed, told, touched },
  logged: about?.logged != null,
  isPlainMerge: verdict === 'verified' && about === null,
  node: about?.predicate.node.name ?? null,
  session: about?.predicate.subject.session ?? null,
  authority: about && npub(about.host.pubkey),
});

const NO_FACTS: Omit<CommitFacts, 'commit'> = { tree: '', change: null, paths: [] };
/** Of a commit beside which nothing stands nothing is computed. */
export const checkOneCommit = async (
  source: EvidenceSource,
  commit: string,
  wanted: Wanted,
): Promise<CheckedCommit> => {
  const attested = await source.attested(commit);
  const facts = attested === null ? { commit, ...NO_FACTS } : await source.facts(commit);
  return verifyCommit(suiteWasm, facts, attested, wanted);
};

const CODES: readonly (readonly [EvidenceVerdict, ErrorCode])[] = [
  ['damaged', 'invalid'],
  ['unapproved', 'denied'],
  ['no_evidence', 'not_found'],
];

/** Throws with the worst of what was found: damaged, then not approved, then without evidence. */
export const verify = async (
  words: string,
  { repo, branch, repository: named, require = '', authority = [], ...given }: VerifyGiven,
  { home, json }: { home: HomePaths; json: boolean },
): Promise<Verified> => {
  const rules = given.policy === undefined ? [] : readPolicy(given.policy, await readText(given.policy));
  if (given['merges-ok'] && !words.includes('..')) throw noRange();
  // A long range has no more memory than a short one: young memory stays as large as the start needed it,
  // and old memory is collected when it has grown by a third, not when it is a multiple
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
  const source = await openEvidenceSource(repo, suiteWasm.sha256);
  const commits = await source.commits(words);
  const trusted = await trustedBy(source, words, { authority, home });
  const { authorities } = trusted;
  const repository = named === undefined ? trusted.repository : parseRemote(named).url;
  const remotes = repository === null ? await source.remotes() : [repository];
  const wanted: Wanted = {
    ...{ authorities, branch: branch ?? null, ...readRequirements(require) },
    remotes: remotes.length > 0 ? remotes : null,
    ...{ rules, retired: await retiredKeys(source, trusted) },
  };
  const items: VerifiedCommit[] = [];
  const faulty = new Set<string>();
  // Parents come before what is made of them
  for (const commit of commits) {
    const found = await checkOneCommit(source, commit, wanted);
    const checked = given['merges-ok']
      ? await checkMerge(
          found,
          () => source.merge(commit),
          (parent) => faulty.has(parent),
        )
      : found;
    if (checked.verdict !== 'verified') faulty.add(commit);
    items.push(viewOf(checked));
  }
  const bad = items.filter(({ verdict }) => verdict !== 'verified');
  const worst = CODES.find(([verdict]) => bad.some((one) => one.verdict === verdict));
  if (!worst) return { commits: items.length, items };
  throw new EntangleError(worst[1], failureWords(items, bad), {
    details: json ? items : items.length === 1 ? [] : bad.map(itemText),
    ...hintFor(worst[0], bad),
  });
};
const noRange = (): EntangleError =>
  new EntangleError('usage', 'merges are judged by the commits of a range', {
    hint: 'write it so: `entangle verify origin/main..HEAD --merges-ok`',
  });
const FETCH = `fetch what stands beside commits: \`git fetch origin +${ATTESTATIONS}:${ATTESTATIONS}\`; a Host that was away may state it later`;

/** Of what is not approved: where everything fails for one reason, and that can be a matter of how it was asked. */
const HINTS: Readonly<Record<string, string>> = {
  other_repository: `see its address with \`entangle log\`; if it is this one, use \`--repository URL\`, or put \`repository: URL\` into ${TRUST_FILE} on the base branch`,
  not_logged:
    'fetch what stands beside it again: the proof follows the statement by some ten minutes, while the Host and the runner are up',
  retired_log_key:
    'ask who runs the Host: restored from a backup of before, it signs with that key again, and needs another once more',
  untrusted_authority: 'compare the key that you trust with what `entangle host status` shows',
};
const hintFor = (worst: EvidenceVerdict, bad: readonly VerifiedCommit[]): { hint?: string } => {
  if (worst === 'no_evidence') return { hint: FETCH };
  const [fault, ...more] = new Set(bad.map((one) => one.fault ?? ''));
  const hint = more.length === 0 ? HINTS[fault ?? ''] : undefined;
  return hint === undefined ? {} : { hint };
};

const faultWords = (fault: string): string => `${wordsOfReason(fault)} (${fault})`;
const failureWords = (items: readonly VerifiedCommit[], bad: readonly VerifiedCommit[]): string => {
  const [only, ...more] = items;
  return only?.fault != null && more.length === 0
    ? `commit ${only.commit} is not verified: ${faultWords(only.fault)}`
    : `${bad.length} of ${counted(items.length, 'commit')} ${bad.length === 1 ? 'is' : 'are'} not verified`;
};

const approvedWords = ({ signed, told, touched }: VerifiedCommit): string =>
  [...signed, ...told]
    .map((person) => {
      const notes = [
        ...(told.includes(person) ? ['as the Host says'] : []),
        ...(touched.includes(person) ? ['with the touch of a key'] : []),
      ];
      return notes.length === 0 ? person : `${person} (${notes.join(', ')})`;
    })
    .join(', ');
const itemText = (one: VerifiedCommit): string =>
  one.isPlainMerge
    ? `verified ${one.commit}: a merge of verified commits, as git makes it`
    : one.fault === null
      ? `verified ${one.commit}: approved by ${approvedWords(one)}, made by ${one.node} in session ${one.session}${one.logged ? ', in the log of its Host' : ''}`
      : `${one.verdict} ${one.commit}: ${faultWords(one.fault)}`;

export const verifiedText = ({ items }: Verified): string =>
  items.length === 0 ? 'no commit in that range' : items.map(itemText).join('\n');
