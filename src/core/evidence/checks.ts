/** What must hold of a commit and its evidence, one row each. A test takes each row out and sees what only it keeps out. */
import { toHex, utf8 } from '../encoding/bytes.ts';
import { digestOf } from '../encoding/canonical.ts';
import { policyDigest } from '../graph/approvals.ts';
import { HEADS } from '../source/remote.ts';
import type { EvidenceVerdict } from '../vocabulary.ts';
import type { Case } from './case.ts';
import { MERGE_FAULTS } from './merges.ts';
import { isInTime } from './retired.ts';
import { sameRemote } from './same-remote.ts';

type Check = {
  readonly reason: string;
  readonly verdict: Exclude<EvidenceVerdict, 'verified'>;
  /** For people, after "the commit is not verified: ". */
  readonly words: string;
  test(one: Case): boolean;
};

const subjectOf = ({ read }: Case) => read.predicate.subject;
/** Also of whom only the Host tells: what they touched stands beside the commit. */
const hasEachTouched = (one: Case): boolean => personsIn(one).every((person) => one.touched.has(person));
const personsIn = ({ signed, told }: Case): string[] => [...signed, ...told];
/**
 * How many persons the policy wants that people signed; null where it is another one in more than this number, which no graph
 * has above that of its approvers.
 */
const signedQuorum = (one: Case): number | null => {
  const { quorum, ...terms } = one.read.predicate.terms;
  const sha256 = (text: string): string => toHex(one.suite.sha256(utf8(text)));
  const isSigned = (n: number): boolean =>
    policyDigest({ ...terms, quorum: n } as Parameters<typeof policyDigest>[0], sha256) ===
    subjectOf(one).policy;
  return [quorum, ...terms.approvers.map((_, i) => i + 1)].find(isSigned) ?? null;
};

export const CHECKS: readonly Check[] = [
  {
    ...{ reason: 'untrusted_authority', verdict: 'unapproved' },
    words: 'the Host that states it is not one that you trust',
    test: ({ read, wanted }) => wanted.authorities.includes(read.host.pubkey),
  },
  {
    ...{ reason: 'retired_log_key', verdict: 'unapproved' },
    words: 'it is signed by a key of the log of its Host that was replaced by then',
    test: ({ read, wanted }) => isInTime(wanted.retired, read),
  },
  {
    ...{ reason: 'other_commit', verdict: 'damaged' },
    words: 'its evidence is of another commit',
    test: (one) =>
      subjectOf(one).commit === one.facts.commit &&
      one.read.statement.subject[0].digest.gitCommit === one.facts.commit,
  },
  {
    ...{ reason: 'other_tree', verdict: 'damaged' },
    words: 'its evidence is of another tree',
    test: ({ read, facts }) => read.statement.subject[1].digest.gitTree === facts.tree,
  },
  {
    ...{ reason: 'other_digest', verdict: 'damaged' },
    words: 'what was approved has another digest than its evidence says',
    test: (one) => digestOf(one.suite, subjectOf(one)) === one.read.predicate.subjectDigest,
  },
  {
    ...{ reason: 'other_repository', verdict: 'unapproved' },
    words: 'it was approved for another repository',
    test: (one) =>
      one.wanted.remotes === null ||
      one.wanted.remotes.some((remote) => sameRemote(remote, subjectOf(one).remote)),
  },
  {
    ...{ reason: 'other_branch', verdict: 'unapproved' },
    words: 'it was approved for another branch',
    test: (one) => one.wanted.branch === null || subjectOf(one).ref === `${HEADS}${one.wanted.branch}`,
  },
  {
    ...{ reason: 'no_parent', verdict: 'no_evidence' },
    words: 'the commit before it is not in this repository, so its change cannot be computed',
    test: ({ facts }) => facts.change !== null,
  },
  {
    ...{ reason: 'other_change', verdict: 'damaged' },
    words: 'it does not change what people were shown',
    test: ({ facts: { change }, read: { predicate } }) =>
      change === null ||
      (change.changes === predicate.subject.changes && change.hunks === predicate.subject.hunks),
  },
  {
    ...{ reason: 'other_quorum', verdict: 'unapproved' },
    words: 'its evidence has another number of persons than the policy under which people approved it',
    test: (one) => [null, one.read.predicate.terms.quorum].includes(signedQuorum(one)),
  },
  {
    ...{ reason: 'other_policy', verdict: 'unapproved' },
    words: 'the policy of its evidence is not the one under which people approved it',
    test: (one) => signedQuorum(one) !== null,
  },
  {
    ...{ reason: 'not_an_approver', verdict: 'unapproved' },
    words: 'somebody approved it whom its policy does not name',
    test: ({ read }) => {
      const named = new Set(read.predicate.terms.approvers.map(({ pubkey }) => pubkey));
      const decided = [...read.approvals.map(({ event }) => event), ...read.predicate.decisions];
      return decided.every(({ pubkey }) => named.has(pubkey));
    },
  },
  {
    ...{ reason: 'was_rejected', verdict: 'unapproved' },
    words: 'somebody rejected it, or wanted changes',
    test: ({ read }) => read.approvals.every(({ body }) => body.decision === 'approved'),
  },
  {
    ...{ reason: 'too_late', verdict: 'unapproved' },
    words: 'it was approved after its question had expired',
    test: (one) => one.read.approvals.every(({ event }) => event.created_at <= subjectOf(one).expiresAt),
  },
  {
    ...{ reason: 'own_approval', verdict: 'unapproved' },
    words: 'who asked for it approved it, and its policy wants somebody else',
    test: (one) => {
      const { terms, requesters } = one.read.predicate;
      const askers = new Set(requesters.map(({ person }) => person));
      return !terms.four_eyes || personsIn(one).every((person) => !askers.has(person));
    },
  },
  {
    ...{ reason: 'not_touched', verdict: 'unapproved' },
    words: 'somebody approved it without the touch of a key that its policy wants',
    test: (one) => one.read.predicate.terms.assurance === null || hasEachTouched(one),
  },
  {
    ...{ reason: 'quorum_not_reached', verdict: 'unapproved' },
    words: 'fewer people approved it than its policy wants',
    test: (one) => personsIn(one).length >= one.read.predicate.terms.quorum,
  },
  {
    ...{ reason: 'not_exact', verdict: 'unapproved' },
    words: 'of somebody who approved it no signature is here, only the word of the Host',
    test: ({ wanted, told }) => !wanted.exact || told.size === 0,
  },
  {
    ...{ reason: 'touch_required', verdict: 'unapproved' },
    words: 'somebody approved it without the touch of a key, which you require',
    test: (one) => !one.wanted.touch || hasEachTouched(one),
  },
  {
    ...{ reason: 'not_logged', verdict: 'unapproved' },
    words: 'no proof is here that the Host has its statement in its log, which you require',
    test: ({ wanted, read }) => !wanted.logged || read.logged !== null,
  },
  {
    ...{ reason: 'fewer_than_required', verdict: 'unapproved' },
    words: 'fewer people approved it than you require',
    test: (one) => personsIn(one).length >= one.wanted.quorum,
  },
  {
    ...{ reason: 'not_by_required', verdict: 'unapproved' },
    words: 'fewer of the people approved it whose approval you require for what it changes',
    test: (one) =>
      one.rules.every(
        ({ by, quorum = 1 }) =>
          by === undefined || personsIn(one).filter((person) => by.includes(person)).length >= quorum,
      ),
  },
];

/** Why it is damaged or missing before any row is asked. */
export const DAMAGES: Readonly<Record<string, string>> = {
  no_attestation: 'nothing stands beside it in refs/entangle/attestations',
  bad_envelope: 'the envelope of its statement cannot be read',
  bad_statement: 'its statement cannot be read',
  bad_event: 'one of its signed events is damaged',
  no_host_event: 'there is no one event by which a Host states it',
  other_statement: 'the Host signed another statement',
  other_log_key: 'its statement is signed by another key than the Host says its log has',
  log_signature: 'the signature of the log of the Host is not of this statement',
  ssh_signature: 'an SSH signature of an approval is damaged, of something else, or by no key of who gave it',
  log_proof: 'the proof that the Host has its statement in its log is damaged, or of something else',
  other_approval: 'an approval is of something else, or is damaged',
};

export const wordsOfReason = (reason: string): string =>
  CHECKS.find((one) => one.reason === reason)?.words ?? DAMAGES[reason] ?? MERGE_FAULTS[reason] ?? reason;
