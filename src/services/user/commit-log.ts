/** Who decided a commit, as the ledger of a person has it. */
import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { HEADS } from '../../core/source/remote.ts';
import type { Decision } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { readEvent } from '../messaging/read-event.ts';
import { askedOfMe } from './approval-view.ts';
import { nameOf } from './peers.ts';

export type CommitLog = {
  commit: string;
  from: 'evidence' | 'ledger';
  session: string;
  node: string;
  /** Null where it is not known here. */
  runner: string | null;
  askedBy: string[];
  /** `at`: when they signed it; null where their signature is not here. */
  decisions: { name: string; decision: Decision; at: string | null }[];
  remote: string;
  ref: string;
  policy: string | null;
  proof: string;
};

/** Null where no node told this home of it. */
export const commitInLedger = async (home: Home, commit: string): Promise<CommitLog | null> => {
  const { tables } = home;
  const made = tables.list('artifacts').find((one) => one.commit_id === commit);
  if (!made) return null;
  const asked = await askedOfMe(home, made.approval);
  const requester = tables.get('sessions', made.session)?.requester ?? asked?.body.launchedBy;
  return {
    ...{ commit, from: 'ledger', session: made.session, node: nameOf(home, made.by), runner: null },
    askedBy: requester === undefined ? [] : [nameOf(home, requester)],
    decisions: await decisionsOf(home, made),
    ...{ remote: made.repository, ref: `${HEADS}${made.branch}` },
    policy: null,
    proof: 'nothing stands beside it here: this is what your own ledger has, signed by who says it',
  };
};

/** A person has their own, and that it was approved from its node. */
const decisionsOf = async (home: Home, made: RowOf<'artifacts'>): Promise<CommitLog['decisions']> => {
  const rows = home.tables.list('decisions', { approval: made.approval ?? '' });
  return Promise.all(
    rows.map(async ({ approver, decision, message }) => {
      const event = await readEvent(home, message);
      return { name: nameOf(home, approver), decision, at: event ? isoTime(event.created_at * 1000) : null };
    }),
  );
};
