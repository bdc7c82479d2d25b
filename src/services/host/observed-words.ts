/** What each observation of a runner says, in the fields that a trace shows: a type that is not here does not compile. */
import { isWord } from '../../core/encoding/grammar.ts';
import { npub, shortId } from '../../core/encoding/id.ts';
import type { TraceDetail } from '../../core/host-api/shapes.ts';
import { type Unreached, waitedName } from '../../core/projection/asked-rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type ObservedSubject, ROLES } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';

export type ObservedType = `${ObservedSubject}.observed`;
type Words = { state: string; detail: TraceDetail };
type Say<T extends ObservedType> = (body: BodyOf<T>, home: Home) => Words;

export const OBSERVED_WORDS: { readonly [T in ObservedType]: Say<T> } = {
  'session.observed': ({ state, attempt, step, reason, requester }, home) => ({
    state,
    detail: { attempt, step, ...(reason !== undefined && { reason }), requester: partyOf(home, requester) },
  }),
  'turn.observed': ({
    status,
    attempt,
    turn,
    exitCode,
    engine,
    sandbox,
    output,
    network,
    usage,
    secrets,
  }) => ({
    state: status,
    detail: {
      ...{ attempt, turn, exitCode, engine, sandbox, output: `sha256:${output}` },
      ...(usage !== undefined && { usage }),
      ...(network !== undefined && { network }),
      ...(secrets !== undefined && { secrets }),
    },
  }),
  'approval.observed': ({ state, approval, operation, subjectDigest, granted }) => ({
    state,
    detail: {
      ...{ approval, operation, subjectDigest: `sha256:${subjectDigest}` },
      ...(granted && {
        grants: granted.grants.map(({ grant, use }) => `grant ${shortId(grant)}, use ${use}`),
      }),
    },
  }),
  'artifact.observed': ({ state, artifact, repository, branch, commit, approval }) => ({
    state,
    detail: { artifact, repository, branch, commit, approval },
  }),
  'conversation.observed': ({ move, conversation, peer, relation, message }) => ({
    state: move,
    detail: { conversation, peer, relation, message },
  }),
  'recovery.observed': ({ kind, attempt, turn }) => ({
    state: kind,
    detail: { attempt, ...(turn !== undefined && { turn }) },
  }),
  'waiting.observed': ({ attempt, unreached }) => ({
    state: unreached.length > 0 ? 'muted' : 'reached',
    detail: {
      attempt,
      ...(unreached.length > 0 && { waits: unreached.map(unreachedWords) }),
    },
  }),
  'source.observed': ({ attempt, turn, repository, branch, base, head }) => ({
    state: 'fetched',
    detail: { attempt, turn, repository, branch, base, commit: head },
  }),
};

const unreachedWords = (one: Unreached): string => `${one.node} waits for ${waitedName(one)} (${one.ask})`;

/** Whose key it is, by the graph's name where it has one. */
export const partyOf = ({ tables }: Home, pubkey: string): TraceParty => {
  const known = tables.get('keys', pubkey);
  const name = tables.get('users', pubkey)?.name ?? known?.name ?? null;
  const role = known && isWord(ROLES, known.role) ? known.role : null;
  return { name, role, npub: npub(pubkey) };
};
type TraceParty = NonNullable<TraceDetail['requester']>;
