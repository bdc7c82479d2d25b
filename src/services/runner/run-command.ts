/** A command that an engine has its runner run: asked about as the policy says, over all that decides what it does. */
import { bindOwnCommand } from '../../core/acp/terminal.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { type DirectingTurn, type DirectiveAnswer, refusalOf, refused, speaker } from './directive.ts';

const CHANGED = refused(
  'files_changed',
  'the files of the workspace changed while it was asked for: ask again when nothing writes there',
);

export const runCommand = async (
  turn: DirectingTurn,
  { argv, cwd = '.', env = {}, stdin = '' }: DirectiveSaid<'run'>,
): Promise<DirectiveAnswer> => {
  const { hands, runner, session } = turn;
  const me = speaker(turn, 'runs');
  if ('ok' in me) return me;
  if (!hands) return refused('not_possible', 'commands of this engine are its own');
  const command = { argv, cwd, env, stdin };
  const objection = hands.objection(command);
  if (objection !== null) return refused('bad_command', objection);
  let approved: string | null = null;
  const bound = bindOwnCommand(command, null);
  try {
    const late = async () => {
      approved = await hands.tree();
      return bindOwnCommand(command, approved).input ?? '';
    };
    const { decision, reason, still } = await turn.permit({ ...bound, option: null, late });
    if (decision !== 'approved') {
      turn.tell(`refused: ${bound.command}: ${reason}`);
      return refused('not_approved', reason);
    }
    const look = () => runner.inLine(session.id, () => hands.tree());
    if (approved !== null && approved !== (await look())) return CHANGED;
    // To look at the files takes its time: lease and policy may have gone
    const now = await still?.();
    if (now && now.decision !== 'approved') return refused('not_approved', now.reason);
    if (turn.isOver()) return refused('cancelled', 'the turn is over');
    turn.tell(`run by its runner: ${bound.command}`);
    const { exit, output, isCut } = await hands.run(command);
    return { ok: true, exit, output, ...(isCut ? { cut: true } : {}) };
  } catch (error) {
    return refusalOf(error);
  }
};
