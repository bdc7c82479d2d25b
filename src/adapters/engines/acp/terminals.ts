/** Commands that an agent runs through its runner: in the fence and limits of its turn, each approved, and ended with it. */
import { terminalAsked, terminalNamed } from '../../../core/acp/shapes.ts';
import { argvOf, bindTerminal, runsText, type TerminalAsked } from '../../../core/acp/terminal.ts';
import { answerLine } from '../../../core/acp/told.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import type { ChildStart } from '../../system/child-process.ts';
import { type Beside, type Exit, startCommandBeside } from '../beside.ts';
import { environmentTrouble, fromCharacter } from '../own-command-text.ts';
import { signalGroup } from '../processes.ts';
import type { StartBeside } from '../starter.ts';
import { type AskedOf, askedInTurn } from './answers.ts';
import { RefusedToAgent } from './refused-to-agent.ts';

/** The end of what a command printed: of `most` bytes, or a little more. */
type Printed = { parts: Buffer[]; kept: number; most: number; isCut: boolean };
type Terminal = Beside & { exit: Exit | null; printed: Printed };

/** So many bytes of the end, and no part of a character; nothing else is kept. */
const lastOf = (printed: Printed, most: number): Buffer => {
  const all = Buffer.concat(printed.parts);
  const last = all.length > most ? fromCharacter(Buffer.from(all.subarray(all.length - most))) : all;
  [printed.parts, printed.kept] = [[last], last.length];
  return last;
};

const environmentOf = ({ env }: TerminalAsked): Record<string, string> => {
  const own: Record<string, string> = {};
  for (const { name, value } of env ?? []) {
    if (Object.hasOwn(own, name))
      throw new RefusedToAgent(`its environment cannot have ${JSON.stringify(name)} twice`);
    own[name] = value;
  }
  const trouble = environmentTrouble(own);
  if (trouble !== null) throw new RefusedToAgent(trouble);
  return own;
};
const requireWithin = (root: string, cwd: string): void => {
  const isWithin = cwd === root || (cwd.startsWith(`${root}/`) && !cwd.split('/').includes('..'));
  if (!isWithin || cwd.includes('\0')) throw new RefusedToAgent('commands run in the workspace alone');
};

/** Each turn has a workspace of its own: a command in the same place of it is the same. */
const belowRoot = (root: string, cwd: string): string => (cwd === root ? '.' : cwd.slice(root.length + 1));

export class Terminals {
  readonly #asked: AskedOf;
  readonly #start: StartBeside;
  readonly #graceMs: number;
  readonly #named = new Map<string, Terminal>();
  readonly #running = new Set<Terminal>();
  #count = 0;
  #printed = 0;

  constructor(asked: AskedOf, start: StartBeside, graceMs: number) {
    this.#asked = asked;
    this.#start = start;
    this.#graceMs = graceMs;
  }

  async create(params: unknown, taken: AbortSignal): Promise<{ terminalId: string }> {
    const asked = askedInTurn(terminalAsked, this.#asked, params);
    const { turn } = this.#asked;
    const cwd = asked.cwd ?? turn.workspace;
    requireWithin(turn.workspace, cwd);
    const env = environmentOf(asked);
    if (argvOf(asked).some((word) => word.includes('\0'))) throw new RefusedToAgent('a word of it has a NUL');
    this.#requireRoom();
    await this.#permit(asked, cwd, taken);
    this.#requireRoom();
    return { terminalId: this.#run(this.#start(argvOf(asked), { cwd, env }), asked.outputByteLimit) };
  }

  output(params: unknown): { output: string; truncated: boolean; exitStatus: Exit | null } {
    const { printed, exit: exitStatus } = this.#one(params);
    const output = lastOf(printed, printed.most).toString('utf8');
    return { output, truncated: printed.isCut, exitStatus };
  }

  wait(params: unknown): Promise<Exit> {
    return this.#one(params).exited;
  }

  /** It is asked to end, and made to after the grace. */
  kill(params: unknown): Record<string, never> {
    this.#end(this.#one(params));
    return {};
  }

  /** Resolves when it has ended. */
  async release(params: unknown): Promise<Record<string, never>> {
    const terminal = this.#one(params);
    this.#end(terminal);
    await terminal.exited;
    this.#named.delete(askedInTurn(terminalNamed, this.#asked, params).terminalId);
    return {};
  }

  /** Nothing of them runs when it resolves. */
  async end(): Promise<void> {
    const all = [...this.#running];
    for (const { pid } of all) signalGroup(pid, 'SIGKILL');
    await Promise.all(all.map(({ exited }) => exited));
  }

  /** The same command was approved as a text, and has not run yet; or it is asked about now. */
  async #permit(asked: TerminalAsked, cwd: string, taken: AbortSignal): Promise<void> {
    const { turn, isOver, session, refusals, telling, commands } = this.#asked;
    if (isOver()) throw new RefusedToAgent('the turn is over');
    if (await commands.take((text) => runsText(asked, turn.workspace, text))) return;
    const call = bindTerminal(asked, belowRoot(turn.workspace, cwd));
    const { decision, reason } = await session.ask({ ...call, option: null }, taken);
    if (isOver() || taken.aborted) throw new RefusedToAgent('the turn is over');
    const isApproved = decision === 'approved';
    telling.line(
      answerLine(call.command ?? '', `${isApproved ? 'run by its runner' : 'refused'}, ${reason}`),
    );
    if (isApproved) return refusals.forget();
    refusals.add();
    throw new RefusedToAgent(`it was not approved: ${reason}`);
  }

  #requireRoom(): void {
    if (this.#asked.isOver()) throw new RefusedToAgent('the turn is over');
    if (this.#named.size >= MAX_ACP.terminals || this.#running.size >= MAX_ACP.terminals)
      throw new RefusedToAgent(`at most ${MAX_ACP.terminals} terminals at once`);
  }

  #one(params: unknown): Terminal {
    const found = this.#named.get(askedInTurn(terminalNamed, this.#asked, params).terminalId);
    if (found === undefined) throw new RefusedToAgent('there is no such terminal');
    return found;
  }

  #run(start: ChildStart, limit: number | null | undefined): string {
    const { running } = this.#asked;
    const most = Math.min(limit ?? MAX_ACP.terminalBytes, MAX_ACP.terminalBytes);
    const printed: Printed = { parts: [], kept: 0, most, isCut: false };
    const keep = (bytes: Buffer): void => {
      this.#printed += bytes.length;
      if (this.#printed > MAX_ACP.terminalsAll) running.end('output_limit', 'its commands printed too much');
      printed.parts.push(bytes);
      printed.kept += bytes.length;
      if (printed.kept <= most) return;
      printed.isCut = true;
      // Not for each part: what is kept would be copied for each
      if (printed.kept > 2 * most) lastOf(printed, most);
    };
    const { pid, exited } = startCommandBeside(running, start, { keep });
    const ended = exited.then((exit) => {
      terminal.exit = exit;
      this.#running.delete(terminal);
      running.leave(pid);
      return exit;
    });
    const terminal: Terminal = { pid, exited: ended, exit: null, printed };
    this.#running.add(terminal);
    this.#count += 1;
    const id = `terminal-${this.#count}`;
    this.#named.set(id, terminal);
    return id;
  }

  #end({ pid, exit, exited }: Terminal): void {
    if (exit !== null) return;
    signalGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), this.#graceMs);
    void exited.then(() => clearTimeout(timer));
  }
}
