/** One turn of the `exec` engine: a command that gets its task on its standard input and is heard until it ends. */
import type { TurnEnd, TurnSession } from '../../../ports/index.ts';
import type { ChildStart } from '../../system/child-process.ts';
import { OwnCommands } from '../own-commands.ts';
import { taskText } from '../start.ts';
import type { StartBeside } from '../starter.ts';
import { TurnProcess } from '../turn-process.ts';
import { answerDirectives } from './directives.ts';
import { type ExecTurn, PIPES } from './turn.ts';

type ExecRun = {
  turn: ExecTurn;
  start: ChildStart;
  beside: StartBeside;
  graceMs: number;
  session: TurnSession;
};

export const runExec = async (
  { turn, start, beside, graceMs, session }: ExecRun,
  signal: AbortSignal,
): Promise<TurnEnd> => {
  const tell = (bytes: Uint8Array) => session.trace({ is: 'text', bytes });
  const running = new TurnProcess(turn, start, { graceMs, pipes: PIPES, tell });
  const { child, exited } = running;
  const commands = new OwnCommands(turn, running, beside);
  answerDirectives(child, (line) => session.directive(line, commands));
  child.stdin?.end(taskText(turn));
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => running.say(bytes));
  const exitCode = await running.finish(signal, { over: exited });
  await commands.end();
  const reason = running.stop ?? (exitCode === 0 ? 'done' : 'failed');
  return { is: 'ended', reason, exitCode, tail: running.tail };
};
