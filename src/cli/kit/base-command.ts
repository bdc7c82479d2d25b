/**
 * What every command shares. On stdout: one JSON value with `--json`, else what `render` returns. Everything else
 * goes to stderr. No ANSI where no person looks. Values carry others' text: JSON has them exactly, with what would be
 * unsafe on a terminal as JSON's escapes; `render` has them sanitized.
 */
import { Command } from '@oclif/core/command';
import type { ArgInput, FlagInput, InferredArgs, InferredFlags } from '@oclif/core/interfaces';
import { systemClock } from '../../adapters/system/clock.ts';
import { requireOwn } from '../../adapters/system/files.ts';
import type { Theme } from '../../core/command-words.ts';
import { jsonPieces } from '../../core/encoding/json-pieces.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EXIT } from '../../core/errors.ts';
import { resting } from '../../core/in-slices.ts';
import { requireSwitches } from './env-switches.ts';
import { globalFlags } from './flags.ts';
import { wantsJson } from './global-words.ts';
import { type Interruptible, interruptible } from './interrupt.ts';
import { paint, screenWidth, type Token, table } from './render.ts';
import {
  hasColour,
  leave,
  sanitizeDeep,
  sanitizedInSlices,
  watchOutput,
  writeFailure,
  written,
  writtenWhole,
} from './report.ts';
import { homeHere } from './repository-home.ts';
import { again, hintAgain, typedHome } from './same-home.ts';
import {
  type HomePaths,
  loadSettings,
  resolveHome,
  type Settings,
  withoutHomes,
  withoutHost,
} from './settings.ts';
import { usageError, withDefaults } from './usage.ts';

export type FlagsOf<T extends typeof Command> = InferredFlags<typeof globalFlags & T['flags']>;
export type ArgsOf<T extends typeof Command> = InferredArgs<T['args']>;

/** oclif would take a missing argument from stdin, which no command here expects. */
const withoutStdin = (args: ArgInput): ArgInput =>
  Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]));

export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags: FlagInput = globalFlags;

  /** Where this command's roles keep their state. */
  protected home!: HomePaths;
  /** Exit code of a command that worked: 0, or 2 for pending changes. */
  protected exitCode = 0;
  /** Listens from the moment that the command runs: one that is only asked what it prints listens to nothing. */
  #interrupt!: Interruptible;

  /** The value of the command: JSON only. `undefined` where everything was already given by `emit`. */
  protected abstract execute(flags: FlagsOf<T>, args: ArgsOf<T>): Promise<unknown>;

  /** The same value as text for people; a long one in pieces, each made when the one before was written. */
  protected render(value: never): string | Iterable<string> {
    return JSON.stringify(value, null, 2);
  }

  /** Aborts at SIGINT, SIGTERM and SIGHUP; who reads it promises to end soon after. */
  protected get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** The same for a command that serves until it is told to stop, which then is no failure. */
  protected get servingSignal(): AbortSignal {
    return this.#interrupt.servingSignal;
  }

  protected get json(): boolean {
    return wantsJson(this.argv);
  }

  /** A command to type next, for the home that this one named. */
  protected again(command: string): string {
    const home = typedHome(this.id ?? '', this.argv);
    return home === null ? command : again(command, home);
  }

  #hint(hint: string): string {
    const home = typedHome(this.id ?? '', this.argv);
    return home === null ? hint : hintAgain(hint, home);
  }

  /** Colours a text of `render`, where colours are wanted. */
  protected paint(token: Token, text: string, theme?: Theme): string {
    return paint(token, text, hasColour(process.stdout), theme);
  }

  /** A table for people: in a terminal one line a row. */
  protected table(...[headings, rows]: Parameters<typeof table>): string {
    return table(headings, rows, screenWidth(process.stdout));
  }

  /** Progress: to stderr, not with `--quiet`. `shown`: it was made safe already, by `render` or by a process of ours that printed it. */
  protected progress(text: string, { shown = false } = {}): void {
    if (!this.#isQuiet) process.stderr.write(`${sanitize(text, undefined, { shown })}\n`);
  }

  /**
   * One value of a stream: a line of NDJSON, or the text; whole, and behind all before it. Who has more waits for it: what a
   * slow reader has not taken is held once, by whoever makes it.
   */
  protected emit(value: unknown, text: (safe: never) => string): Promise<void> | undefined {
    this.#isStream = true;
    const pieces = this.json ? jsonPieces(value) : [text(sanitizeDeep(value) as never)];
    const put = () => writtenWhole(process.stdout, pieces);
    const own = this.#emitted ? this.#emitted.then(put) : put();
    const waits = own?.then(() => {
      if (this.#emitted === waits) this.#emitted = undefined;
    });
    this.#emitted = waits;
    return waits;
  }

  /** While some of it waits for its reader. */
  #emitted: Promise<void> | undefined;

  #isQuiet = false;
  #isStream = false;

  override async run(): Promise<void> {
    watchOutput();
    this.#interrupt = interruptible();
    try {
      const { flags, args } = await this.#parse();
      this.#isQuiet = flags.quiet === true;
      this.home.parents.forEach(requireOwn);
      const value = await this.execute(flags as FlagsOf<T>, args as ArgsOf<T>);
      await this.#emitted;
      if (value !== undefined) await this.#print(value);
      process.exitCode = this.exitCode;
    } catch (error) {
      await this.#emitted;
      process.exitCode =
        this.#interrupt.exitCode === null
          ? writeFailure(error, this.json, { isStream: this.#isStream, hintOf: (hint) => this.#hint(hint) })
          : EXIT.interrupted;
    }
    if (this.#interrupt.exitCode !== null) process.exitCode = this.#interrupt.exitCode;
    await leave();
  }

  /** The command line, and with it the home that it names, or that is found. */
  async #parse() {
    try {
      const settings = await loadSettings(process.cwd(), process.env);
      const context = await this.#context(settings);
      const parsed = await this.#parseWith(context ? { ...withoutHost(settings), ...context } : settings);
      const named = parsed.flags.home as string | undefined;
      this.home = resolveHome(named, process.env, process.cwd(), parsed.flags.host as string | undefined);
      if (named !== undefined) return parsed;
      const found = this.#foundHome();
      if (found === undefined) return parsed;
      const here = await this.#parseWith({ ...withoutHomes(settings), ...context });
      this.home = resolveHome(found, process.env, process.cwd(), here.flags.host as string | undefined);
      return here;
    } catch (error) {
      throw usageError(error, this.ctor);
    }
  }

  /** Of the commands that ask a Host; the others need not load what reads it. */
  async #context(settings: Settings): Promise<Settings | null> {
    if (this.ctor.flags?.context === undefined) return null;
    const { contextSettings } = await import('./contexts.ts');
    return contextSettings(
      this.argv,
      process.env,
      () => settings.home === undefined && this.#foundHome() !== undefined,
    );
  }

  /** The home of a repository's federation, where this command is for one. */
  #foundHome(): string | undefined {
    return homeHere(this.id ?? '', resolveHome(undefined, process.env, process.cwd()).root, process.cwd());
  }

  async #parseWith(settings: Settings) {
    const all = { ...this.ctor.baseFlags, ...this.ctor.flags };
    requireSwitches(all, process.env);
    const flags = await withDefaults(all, settings, process.env);
    return this.parse({ flags, args: withoutStdin(this.ctor.args), strict: this.ctor.strict });
  }

  async #print(value: unknown): Promise<void> {
    const text = this.json ? jsonPieces(value, 2) : this.render((await sanitizedInSlices(value)) as never);
    const rest = resting(systemClock);
    let last = '\n';
    for (const piece of typeof text === 'string' ? [text] : text) {
      if (piece !== '') {
        last = piece;
        await written(process.stdout, piece);
      }
      await rest();
    }
    if (!last.endsWith('\n')) process.stdout.write('\n');
  }
}
