/** What an engine puts to a person whom an edge names, who need not have launched its task; the turn waits for what they say. */
import { MAX_PATH } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { readBody } from '../messaging/read-event.ts';
import { putInWords } from './ask-person.ts';
import { type DirectingTurn, type DirectiveAnswer, type Refused, refused, speaker } from './directive.ts';
import type { Runner } from './runner.ts';

export const escalate = async (
  turn: DirectingTurn,
  { to, words }: DirectiveSaid<'escalate'>,
): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const me = speaker(turn, 'escalates');
  if ('ok' in me) return me;
  const person = personOf(turn, me.name, to);
  if ('ok' in person) return person;
  const request = await readBody<BodyOf<'task.request'>>(runner.home, session.request);
  if (!request) return refused('cancelled', 'the task of this turn is not here any more');
  const path = [...request.budget.path, me.name].slice(-MAX_PATH);
  return putInWords(turn, { said: `escalate ${to} ${words}`, text: words }, (body, dedup) => ({
    ...{ type: 'escalation', from: me.pubkey, to: person.pubkey },
    ...{ body: { ...body, path }, dedup: `escalate:${dedup}` },
  }));
};

const personOf = (
  { runner: { home }, session }: DirectingTurn,
  me: string,
  to: string,
): { pubkey: string } | Refused => {
  const [peer] = home.tables.list('peers', { owner: session.node, name: to });
  if (peer?.kind === 'agent')
    return refused('no_person', `"${to}" is an agent: only people answer an escalation`);
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
