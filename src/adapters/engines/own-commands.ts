/** Commands that an engine has its runner run: in the fence and limits of its turn, and ended with it. */
import { join } from 'node:path';
import { MAX_RUN } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Hands, OwnCommand, Ran, Turn } from '../../ports/index.ts';
import { startCommandBeside } from './beside.ts';
import { environmentTrouble, fromCharacter } from './own-command-text.ts';
import { signalGroup } from './processes.ts';
import type { StartBeside } from './starter.ts';
import { treeDigest } from './tree-digest.ts';
import type { TurnProcess } from './turn-process.ts';

const over = (): EntangleError => new EntangleError('conflict', 'the turn is over');

export class OwnCommands implements Hands {
  readonly #turn: Pick<Turn, 'workspace'>;
  readonly #running: TurnProcess;
  readonly #start: StartBeside;
  readonly #all = new Map<number, Promise<unknown>>();
  #isOver = false;
  #printed = 0;

  constructor(turn: Pick<Turn, 'workspace'>, running: TurnProcess, start: StartBeside) {
    this.#turn = turn;
    this.#running = running;
    this.#start = start;
  }

  objection({ argv, cwd, env }: OwnCommand): string | null {
    if (argv.some((word) => word.includes('\0')) || argv[0] === '')
      return 'a word of it is empty or has a NUL';
    if (cwd.startsWith('/') || cwd.split('/').includes('..') || cwd.includes('\0'))
      return 'commands run in the workspace alone';
    return environmentTrouble(env);
  }

  async tree(): Promise<string> {
    if (this.#isOver) throw over();
    return treeDigest(this.#turn.workspace);
  }

  async run({ argv, cwd, env, stdin }: OwnCommand): Promise<Ran> {
    if (this.#isOver) throw over();
    if (this.#all.size >= MAX_RUN.commands)
      throw new EntangleError('invalid', `at most ${MAX_RUN.commands} commands at once`);
    const at = join(this.#turn.workspace, cwd);
    let kept = Buffer.alloc(0);
    let isCut = false;
    const keep = (bytes: Buffer): void => {
      this.#printed += bytes.length;
      if (this.#printed > MAX_RUN.all) this.#running.end('output_limit', 'its commands printed too much');
      const all = Buffer.concat([kept, bytes]);
      isCut ||= all.length > MAX_RUN.told;
      kept = Buffer.from(all.subarray(-MAX_RUN.told));
    };
    const start = this.#start(argv, { cwd: at, env, isApart: true });
    const { pid, exited } = startCommandBeside(this.#running, start, { stdin, keep });
    if (pid !== undefined) this.#all.set(pid, exited);
    const { exitCode: exit } = await exited;
    // What it left in the background goes with it
    signalGroup(pid, 'SIGKILL');
    this.#running.leave(pid);
    if (pid !== undefined) this.#all.delete(pid);
    return { exit, output: (isCut ? fromCharacter(kept) : kept).toString('utf8'), isCut };
  }

  /** Nothing of them runs when it resolves, and none is started any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const pid of this.#all.keys()) signalGroup(pid, 'SIGKILL');
    await Promise.all(this.#all.values());
  }
}
