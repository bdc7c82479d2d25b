/** Is a genuine message allowed? Named rules in order: accept, reject, hold, or late (kept as evidence, no effect). */
import { isWord } from '../encoding/grammar.ts';
import type { Role, RunnerTrust } from '../vocabulary.ts';
import { WORK_TYPES } from '../vocabulary.ts';
import type { Epoch, Message } from './message.ts';
import type { MessageRow } from './messages/row.ts';
import { rowOf } from './table.ts';

/** What must be here before a held message can be judged, so that it is opened again then and not before. */
export type AwaitedFact =
  | `epoch ${number}`
  | `revision ${number}`
  | 'lease'
  /** A message of the same signer, by its id. */
  | `message ${string}`
  /** That the same signer told of this session, or of this attempt of it. */
  | `session ${string}`
  | `attempt ${string} ${number}`;

export type Verdict =
  | { is: 'accept' }
  | { is: 'reject'; reason: string }
  | { is: 'hold'; reason: string; awaits: AwaitedFact }
  | { is: 'late'; reason: string };

export type Trust = RunnerTrust | 'stranger';

/** What the home knows, asked by the rules. Answered from the projection: my newest routes, my own registry. */
export type AuthorizationContext = {
  roleOfMe(me: string): Role | undefined;
  trust(signer: string, me: string): Trust;
  /** Null until the first control message pins one. */
  epoch: Epoch | null;
  /** The Host’s ledger is another one than that of the checkpoint which is kept here. */
  rewritten: boolean;
  revision: number;
  /** What my newest routes say of this type from this signer; null where it is allowed. */
  edgeDenial(m: Message): string | null;
  sentTo(id: string, peer: string): string | undefined;
  receivedFrom(id: string, peer: string): string | undefined;
  leased(me: string): boolean;
  /** A stranger's proof: null when it holds, else the reason. */
  admissionDenial(m: Message): string | null;
  /** What is particular to a type: the state it needs. */
  stateVerdict(m: Message): Verdict;
};

type Rule = {
  name: string;
  /** Every reason it gives; empty where they are the graph's, the invite's or the type's own. */
  reasons: readonly string[];
  judge(m: Message, row: MessageRow, at: AuthorizationContext): Verdict | null;
};
const reject = (reason: string): Verdict => ({ is: 'reject', reason });
const hold = (reason: string, awaits: AwaitedFact): Verdict => ({ is: 'hold', reason, awaits });

const TRUST_DENIAL: Record<Exclude<Trust, 'trusted' | 'stranger'>, string> = {
  pending: 'not_trusted',
  rejected: 'not_trusted',
  revoked: 'revoked',
  left: 'has_left',
};

export const AUTHORIZE_RULES: readonly Rule[] = [
  {
    name: 'role',
    reasons: ['wrong_role'],
    judge: (m, row, at) => {
      const mine = at.roleOfMe(m.to);
      return row.signers.includes(m.role) && mine && row.to.includes(mine) ? null : reject('wrong_role');
    },
  },
  {
    name: 'admission',
    reasons: [],
    judge: (m, row, at) => {
      const denial = row.admission ? at.admissionDenial(m) : null;
      return denial ? reject(denial) : null;
    },
  },
  {
    name: 'trust',
    reasons: ['unknown_signer', 'not_trusted', 'revoked', 'has_left'],
    judge: (m, row, at) => {
      const trust = at.trust(m.from, m.to);
      const newcomer = trust === 'stranger' || trust === 'pending';
      if (trust === 'trusted' || (row.admission && newcomer)) return null;
      return reject(trust === 'stranger' ? 'unknown_signer' : TRUST_DENIAL[trust]);
    },
  },
  {
    name: 'epoch',
    reasons: ['stale_epoch', 'host_conflict', 'epoch_ahead'],
    judge: (m, _row, at) => {
      if (!at.epoch) return null;
      if (m.role === 'host') {
        if (m.epoch.n < at.epoch.n) return reject('stale_epoch');
        const isOther = m.epoch.n === at.epoch.n && m.epoch.boot !== at.epoch.boot;
        // By a proof alone it is seen that it is the same again
        return isOther || (at.rewritten && m.type !== 'checkpoint.proof') ? reject('host_conflict') : null;
      }
      return m.epoch.n > at.epoch.n ? hold('epoch_ahead', `epoch ${m.epoch.n}`) : null;
    },
  },
  {
    name: 'revision',
    reasons: ['revision_ahead'],
    judge: (m, _row, at) =>
      m.role !== 'host' && m.rev !== null && m.rev > at.revision
        ? hold('revision_ahead', `revision ${m.rev}`)
        : null,
  },
  {
    name: 'edge',
    reasons: [],
    judge: (m, row, at) => {
      const denial = row.sends === null ? null : at.edgeDenial(m);
      return denial ? reject(denial) : null;
    },
  },
  {
    name: 'answers',
    reasons: ['not_asked'],
    judge: (m, row, at) => {
      if (!row.answers) return null;
      const asked = m.re === null ? undefined : at.sentTo(m.re, m.from);
      return asked && row.answers.includes(asked) ? null : reject('not_asked');
    },
  },
  {
    name: 'follows',
    reasons: ['not_asked', 'awaits_earlier'],
    judge: (m, row, at) => {
      if (!row.follows) return null;
      if (m.re === null) return reject('not_asked');
      const before = at.receivedFrom(m.re, m.from);
      if (before === undefined) return hold('awaits_earlier', `message ${m.re}`);
      return row.follows.includes(before) ? null : reject('not_asked');
    },
  },
  {
    name: 'lease',
    reasons: ['no_lease'],
    judge: (m, _row, at) =>
      isWord(WORK_TYPES, m.type) && !at.leased(m.to) ? hold('no_lease', 'lease') : null,
  },
  {
    name: 'state',
    reasons: [],
    judge: (m, _row, at) => {
      const verdict = at.stateVerdict(m);
      return verdict.is === 'accept' ? null : verdict;
    },
  },
];

/** The first rule that objects decides; none: accept. */
export const authorize = (m: Message, at: AuthorizationContext, rules = AUTHORIZE_RULES): Verdict => {
  const row = rowOf(m.type);
  if (!row) return reject('unknown_type');
  for (const rule of rules) {
    const verdict = rule.judge(m, row, at);
    if (verdict) return verdict;
  }
  return { is: 'accept' };
};
