/** `entangle log`: who decided a commit, in a few lines: from what stands beside it, else from the person's own ledger. */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../../adapters/git/evidence-source.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { wordsOfReason } from '../../core/evidence/checks.ts';
import type { ReadEvidence } from '../../core/evidence/read.ts';
import type { CheckedCommit } from '../../core/evidence/verify.ts';
import type { EvidenceSource } from '../../ports/index.ts';
import type { CommitLog } from '../../services/user/commit-log.ts';
import { pairs } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { retiredKeys, trustedBy } from './trusted.ts';
import { checkOneCommit } from './verify.ts';

type Given = { repo: string; authority?: readonly string[] | undefined };

/** `inLedger`: what the own home has of it. */
export const commitLog = async (
  words: string,
  { repo, authority = [] }: Given,
  home: HomePaths,
  inLedger: (commit: string) => Promise<CommitLog | null>,
): Promise<CommitLog> => {
  const source = await openEvidenceSource(repo, suiteWasm.sha256);
  const [commit, ...more] = await source.commits(words);
  if (commit === undefined || more.length > 0)
    throw new EntangleError('usage', 'one commit is asked about at a time', {
      hint: 'check all of a range with `entangle verify A..B`',
    });
  const found = await attestedLog(source, commit, words, { authority, home });
  if (found && 'commit' in found) return found;
  // Who has no home has no ledger
  const log = await inLedger(commit).catch(noHome);
  const damage =
    found && `what stands beside it is damaged: ${wordsOfReason(found.damage)} (${found.damage})`;
  if (log) return damage === null ? log : { ...log, proof: `${damage}; this is what your own ledger has` };
  if (damage !== null)
    throw new EntangleError('invalid', `nothing says who decided commit ${commit}: ${damage}`, {
      hint: 'fetch it again, and ask who may write there: `git log refs/entangle/attestations` shows who did',
    });
  throw new EntangleError('not_found', `nothing says who decided commit ${commit}`, {
    hint: (await source.remotes()).length > 0 ? FETCH : 'see what nodes made: `entangle user artifact list`',
  });
};

const FETCH =
  'fetch what stands beside commits: `git fetch origin +refs/entangle/attestations:refs/entangle/attestations`';

const noHome = (error: unknown): null => {
  if (error instanceof EntangleError && error.code === 'not_found') return null;
  throw error;
};

const attestedLog = async (
  source: EvidenceSource,
  commit: string,
  words: string,
  by: Parameters<typeof trustedBy>[2],
): Promise<CommitLog | { damage: string } | null> => {
  const roots = await trustedBy(source, words, by).catch((error: unknown) => {
    if (error instanceof EntangleError && error.code === 'usage' && by.authority.length === 0) return null;
    throw error;
  });
  const remotes = roots?.repository ? [roots.repository] : await source.remotes();
  const wanted = {
    branch: null,
    quorum: 1,
    exact: false,
    touch: false,
    logged: false,
    rules: [],
    remotes: remotes.length > 0 ? remotes : null,
    retired: roots === null ? [] : await retiredKeys(source, roots),
  };
  const checked = await checkOneCommit(source, commit, { ...wanted, authorities: roots?.authorities ?? [] });
  const { about, reason } = checked;
  if (about !== null) return viewOf(checked, about, roots !== null);
  return reason === null || reason === 'no_attestation' ? null : { damage: reason };
};

const viewOf = (
  { commit, verdict, reason }: CheckedCommit,
  about: ReadEvidence,
  isTrusting: boolean,
): CommitLog => {
  const { subject, node, runner, requesters, terms, decisions, revision } = about.predicate;
  const signedAt = new Map(about.approvals.map(({ event }) => [event.id, event.created_at]));
  const nameOf = (pubkey: string) =>
    terms.approvers.find((one) => one.pubkey === pubkey)?.name ?? npub(pubkey);
  return {
    ...{ commit, from: 'evidence', session: subject.session, remote: subject.remote, ref: subject.ref },
    node: node.name,
    runner: runner.name,
    askedBy: requesters.map(({ name }) => name),
    decisions: decisions.map(({ event, pubkey }) => {
      const at = signedAt.get(event);
      return { name: nameOf(pubkey), decision: 'approved', at: at === undefined ? null : isoTime(at * 1000) };
    }),
    policy: `${terms.quorum} of ${terms.approvers.map(({ name }) => name).join(', ')}${terms.four_eyes ? ', not who asked' : ''}; revision ${revision.n}`,
    proof: isTrusting
      ? reason === null
        ? verdict
        : `${verdict}: ${wordsOfReason(reason)} (${reason})`
      : 'not checked: no Host is trusted here; name one with --authority',
  };
};

const decidedText = ({ name, decision, at }: CommitLog['decisions'][number]): string =>
  `${decision === 'approved' ? '' : `${decision} by `}${name}${at === null ? '' : ` at ${at}`}`;

/** What is not proved is told as that before what it claims. */
export const commitLogText = (log: CommitLog): string => {
  const told: [string, string][] = [
    [
      'commit',
      `${log.commit} by ${log.node}${log.runner === null ? '' : ` on ${log.runner}`}, session ${log.session}`,
    ],
    ['asked by', log.askedBy.join(', ') || 'nobody that is known here'],
    ['approved by', log.decisions.map(decidedText).join('; ') || 'nobody that is known here'],
    ['published', `${log.ref} of ${log.remote}${log.policy === null ? '' : `; policy: ${log.policy}`}`],
  ];
  const isDoubted = log.from === 'evidence' && log.proof !== 'verified';
  return pairs(isDoubted ? [['NOT PROVED', log.proof], ...told] : [...told, ['proof', log.proof]]);
};
