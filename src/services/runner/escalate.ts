/** What an engine puts to a person or an agent whom an edge names, who need not have launched its task; the turn waits for the answer. */
import { MAX_PATH } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { readBody } from '../messaging/read-event.ts';
import { putInWords } from './ask-person.ts';
import { giveTask } from './delegate.ts';
import { type DirectingTurn, type DirectiveAnswer, type Refused, refused, speaker } from './directive.ts';
import type { Runner } from './runner.ts';

type Wanted = DirectiveSaid<'escalate'>;

/** Whoever follows the turn reads to whom, why, and what came of it. */
export const escalate = async (turn: DirectingTurn, wanted: Wanted): Promise<DirectiveAnswer> => {
  const { to, words } = wanted;
  const me = speaker(turn, 'escalates');
  if ('ok' in me) return me;
  turn.tell(`escalates to ${to}: ${titleOf(words)}`);
  const put = peerOf(turn, to)?.kind === 'agent' ? putToAgent : putToPerson;
  const answer = await put(turn, me.name, wanted);
  turn.tell(answer.ok ? `answered by ${to}` : `no answer of ${to}: ${answer.error.message}`);
  return answer;
};

const putToPerson = async (
  turn: DirectingTurn,
  me: string,
  { to, words }: Wanted,
): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const person = personOf(turn, me, to);
  if ('ok' in person) return person;
  const request = await readBody<BodyOf<'task.request'>>(runner.home, session.request);
  if (!request) return refused('cancelled', 'the task of this turn is not here any more');
  const path = [...request.budget.path, me].slice(-MAX_PATH);
  return putInWords(turn, { said: `escalate ${to} ${words}`, text: words }, (body, dedup) => ({
    ...{ type: 'escalation', from: session.node, to: person.pubkey },
    ...{ body: { ...body, path }, dedup: `escalate:${dedup}` },
  }));
};

const peerOf = ({ runner: { home }, session }: DirectingTurn, to: string): RowOf<'peers'> | undefined =>
  home.tables.get('peers', session.node, to);

/** Work for it, out of the budget of this task: its end is the answer. */
const putToAgent = async (
  turn: DirectingTurn,
  me: string,
  { to, words }: Wanted,
): Promise<DirectiveAnswer> => {
  const task = `${words}\n\n# escalated by ${me}, which waits: what you say last is your answer`;
  const said = `escalate ${to} ${words}`;
  const ended = await giveTask(turn, { to, task, relation: 'escalates_to', said });
  return 'ok' in ended ? ended : answerOf(ended, to);
};
const answerOf = ({ id, state, reason, detail }: RowOf<'sessions'>, to: string): DirectiveAnswer => {
  const said = detail?.summary;
  if (state === 'completed') return { ok: true, reply: said ?? '', session: id };
  const words = [`"${to}" gave no answer: its session is ${state}`, said];
  return refused(reason ?? state, words.filter(Boolean).join('\n'));
};

const personOf = (turn: DirectingTurn, me: string, to: string): { pubkey: string } | Refused => {
  const { runner, session } = turn;
  const { home } = runner;
  const peer = peerOf(turn, to);
  const denial = peer?.pubkey ? edgeDenial(home, session.node, peer.pubkey, 'escalation', true) : 'no_edge';
  if (denial || !peer?.pubkey)
    return refused(denial ?? 'no_edge', `the graph has no edge "${me} escalates_to ${to}" (${denial})`);
  return { pubkey: peer.pubkey };
};

/** A person is not left with what its turn, and so nobody, waits for any more. */
export const closeEscalations = async ({ home, exchange }: Runner, node: string): Promise<void> => {
  for (const row of home.tables.list('questions', { node, open: 1 })) {
    if (questionState(home.tables, row) !== 'over') continue;
    // Who has left the graph meanwhile can be told nothing
    if (edgeDenial(home, node, row.asked, 'escalation.closed', true)) continue;
    const closed: Draft<'escalation.closed'> = {
      ...{ type: 'escalation.closed', from: node, to: row.asked, re: row.message },
      body: { question: row.id, session: row.session },
      dedup: `closed:${row.id}`,
    };
    await exchange.send([closed]);
  }
};
