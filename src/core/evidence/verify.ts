/**
 * Whether a commit is what people approved, from the commit and what stands beside it. Nothing here trusts the runner: the
 * Host is trusted for who is in its graph, each person's approval for itself.
 */
import type { Suite } from '../crypto/suite.ts';
import type { EvidenceVerdict } from '../vocabulary.ts';
import type { Case, CommitFacts, Wanted } from './case.ts';
import { CHECKS } from './checks.ts';
import { isRuleOf, strictest } from './policy.ts';
import { type Attested, type ReadEvidence, readAttested } from './read.ts';

export type CheckedCommit = {
  commit: string;
  verdict: EvidenceVerdict;
  /** Null where it is verified. */
  reason: string | null;
  about: ReadEvidence | null;
  signed: readonly string[];
  told: readonly string[];
  /** Those of both who touched a key for it. */
  touched: readonly string[];
};

/** Persons by the keys that the policy names. */
const personsOf = ({ predicate, approvals, signatures }: ReadEvidence) => {
  const personOf = new Map(predicate.terms.approvers.map(({ pubkey, person }) => [pubkey, person]));
  const byKey = (keys: readonly string[]) => new Set(keys.flatMap((key) => personOf.get(key) ?? []));
  const signed = byKey(approvals.map(({ event }) => event.pubkey));
  const stated = byKey(predicate.decisions.map(({ pubkey }) => pubkey));
  const touched = new Set(
    predicate.terms.approvers
      .filter(({ name }) => signatures.get(name)?.isTouched)
      .map(({ person }) => person),
  );
  return { signed, told: new Set([...stated].filter((person) => !signed.has(person))), touched };
};

/** In order: the first check that fails is the reason. */
export const verifyCommit = (
  suite: Suite,
  facts: CommitFacts,
  attested: Attested | null,
  wanted: Wanted,
  checks = CHECKS,
): CheckedCommit => {
  const { commit } = facts;
  const nobody = { commit, about: null, signed: [], told: [], touched: [] };
  if (attested === null) return { ...nobody, verdict: 'no_evidence', reason: 'no_attestation' };
  const read = readAttested(suite, attested);
  if ('damage' in read) return { ...nobody, verdict: 'damaged', reason: read.damage };
  const rules = wanted.rules.filter((rule) => isRuleOf(rule, read.predicate.subject.ref, facts.paths));
  const one: Case = { suite, facts, wanted: strictest(wanted, rules), rules, read, ...personsOf(read) };
  const failed = checks.find(({ test }) => !test(one));
  const people = {
    signed: [...one.signed].sort(),
    told: [...one.told].sort(),
    touched: [...one.touched].sort(),
  };
  return {
    ...{ commit, about: read, ...people },
    ...(failed ? { verdict: failed.verdict, reason: failed.reason } : { verdict: 'verified', reason: null }),
  };
};
