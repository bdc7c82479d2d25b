/** A conversation in an editor: a task that is followed until it is over, and what is said to it on the way. */
import type { SessionUpdate } from '@agentclientprotocol/sdk';
import type { StopReason } from '../../core/acp/words.ts';
import { EntangleError } from '../../core/errors.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { cancel, launchTask, newSessionId } from './ask.ts';
import { endUpdates, stopOf } from './editor-end.ts';
import { commitToApprove, EditorNews, isTaskOver, openQuestion } from './editor-news.ts';
import type { PromptText } from './editor-prompt.ts';
import { EditorVoice } from './editor-voice.ts';
import { untilLastLines } from './last-lines.ts';
import { pick } from './pick.ts';
import { FOREVER, type User } from './user.ts';
import { sessionView } from './views.ts';

/** Where a commit is may come after that it is there. */
const ARTIFACT_MS = 30_000;
/** What comes with time alone, such as that something is unsent, is looked for as often. */
const LOOK_MS = 5_000;

export type TellEditor = (update: SessionUpdate) => Promise<void>;
type Turn = { task: string; end(reason: StopReason): void; fail(error: unknown): void };

export class EditorSession {
  readonly #user: User;
  readonly #tell: TellEditor;
  readonly #signal: AbortSignal;
  readonly #voice = new EditorVoice();
  /** The task that it is about; null before the first. */
  #task: string | null = null;
  readonly #followed = new Set<string>();
  #isBusy = false;
  #isCancelled = false;
  #turn: Turn | null = null;
  /** To whom the next task goes; null while none was chosen. */
  node: string | null;

  constructor(user: User, node: string | null, { tell, signal }: { tell: TellEditor; signal: AbortSignal }) {
    this.#user = user;
    this.node = node;
    this.#tell = tell;
    this.#signal = signal;
  }

  /** A prompt is not over. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isAtRest(): boolean {
    return !this.#isBusy && this.#followed.size === 0;
  }

  /** A task of before goes on where it is; of one that is over nothing is told. */
  resume(task: string): void {
    this.#task = task;
    if (!isTaskOver(this.#user, task)) this.#follow(task);
  }

  /** The same; resolves when the end of one that is over was told. */
  async goOn(task: string): Promise<void> {
    this.resume(task);
    if (isTaskOver(this.#user, task)) await this.#tellUntilOver(task);
  }

  /** One at a time. Resolves when the task is over, or waits for this person; `first`: the id of a first task. */
  async prompt(prompt: PromptText, first: string): Promise<StopReason> {
    if (this.#isBusy)
      throw new EntangleError('conflict', 'a prompt of this session is not over yet', {
        hint: 'wait for it, or cancel it; other tasks go in other sessions',
      });
    this.#isBusy = true;
    this.#isCancelled = false;
    try {
      const task = await this.#say(prompt, first);
      if (this.#isCancelled && (await this.#cancelTask(task))) return 'cancelled';
      // Closed as it was sent: nobody follows it
      if (this.#signal.aborted) return 'cancelled';
      return await new Promise<StopReason>((resolve, reject) => {
        this.#turn = { task, end: resolve, fail: reject };
        this.#follow(task);
      });
    } finally {
      this.#isBusy = false;
      this.#turn = null;
    }
  }

  /** Ends the task whose prompt is not over; where none is, nothing. */
  async cancel(): Promise<void> {
    if (!this.#isBusy) return;
    this.#isCancelled = true;
    const turn = this.#turn;
    // Before that it is not sent yet: whoever sends it sees to it
    if (turn === null || this.#task === null) return;
    if (await this.#cancelTask(this.#task)) turn.end('cancelled');
  }

  /** As a cancel; its prompt is over whatever becomes of that. */
  async close(): Promise<void> {
    try {
      await this.cancel();
    } finally {
      this.#turn?.end('cancelled');
    }
  }

  /** What is said is signed, and durable, when it resolves; the task that it is about. */
  async #say({ text, files }: PromptText, first: string): Promise<string> {
    const user = this.#user;
    const task = this.#task;
    if (task === null || isTaskOver(user, task)) return this.#launch({ text, files }, first);
    const question = openQuestion(user, task);
    const approval = commitToApprove(user, task);
    if ((question || approval) && files.length > 0)
      throw new EntangleError('usage', 'files go with a new task only', {
        hint: 'write it in words, or wait until this task is over',
      });
    if (question) await replyToQuestion(user, question, text);
    else if (approval) await decide(user, approval, 'changes_wanted', { reason: text });
    else
      await this.#tell(
        this.#voice.said('Your words were not sent: this task is at work, and takes none now. It goes on:'),
      );
    return task;
  }

  async #launch(prompt: PromptText, first: string): Promise<string> {
    const { node } = this;
    if (node === null)
      throw new EntangleError('usage', 'no node was chosen for this session', {
        hint: 'choose one in the settings of the session, or start with `--to NODE`',
      });
    const session = this.#task === null ? first : newSessionId(this.#user.home);
    await launchTask(this.#user, node, { task: prompt.text, files: prompt.files }, session);
    this.#task = session;
    await this.#tell(this.#voice.said(`Sent to ${node}, signed by you: \`entangle user show ${session}\`.`));
    return session;
  }

  /** False where it was over already, or cannot be cancelled: then it goes on, and that is told. */
  async #cancelTask(task: string): Promise<boolean> {
    try {
      await cancel(this.#user, pick(this.#user.home, 'sessions', task), 'cancelled in an editor');
      await this.#tell(this.#voice.said('Cancelled by you: the node ends it.'));
      return true;
    } catch (error) {
      if (!(error instanceof EntangleError)) throw error;
      this.#isCancelled = false;
      if (error.code !== 'conflict') await this.#tell(this.#voice.said(`Not cancelled: ${error.message}`));
      return false;
    }
  }

  /** The prompt that waits for this task. */
  #turnOf(task: string): Turn | null {
    return this.#turn?.task === task ? this.#turn : null;
  }

  /** Where it is the same there is no news: many sessions are woken by each change, and by none. */
  #stand(task: string): string {
    const { home, traces } = this.#user;
    const lately = Math.floor(home.clock.now() / LOOK_MS);
    return JSON.stringify([home.tables.list('head'), traces.version, this.#turnOf(task) !== null, lately]);
  }

  /** Each task once, whether a prompt waits for it or not. */
  #follow(task: string): void {
    if (this.#followed.has(task)) return;
    this.#followed.add(task);
    this.#tellUntilOver(task).catch((error) => {
      this.#followed.delete(task);
      const turn = this.#turnOf(task);
      if (turn) return turn.fail(error);
      // Nobody waits for it
      if (!this.#signal.aborted)
        this.#user.home.log(
          'error',
          `an editor is told no more of task ${task}: ${error instanceof Error ? error.message : error}`,
        );
    });
  }

  async #tellUntilOver(task: string): Promise<void> {
    const user = this.#user;
    const news = new EditorNews(user, task, this.#voice);
    const isLive = !isTaskOver(user, task);
    const isWaiting = () =>
      openQuestion(user, task) !== undefined || commitToApprove(user, task) !== undefined;
    const isOver = () => isTaskOver(user, task);
    for (;;) {
      await this.#tellNews(news);
      if (this.#signal.aborted) return;
      if (isOver()) break;
      if (isWaiting()) this.#turnOf(task)?.end('end_turn');
      const isNews = () => news.isThere() || isOver() || (this.#turnOf(task) !== null && isWaiting());
      let before = '';
      const look = () => {
        const now = this.#stand(task);
        if (now === before) return false;
        before = now;
        return isNews();
      };
      await user.until(look, FOREVER, this.#signal);
    }
    if (isLive) await this.#untilAllIsHere(task);
    await this.#tellNews(news);
    const end = sessionView(user.home, pick(user.home, 'sessions', task));
    for (const update of endUpdates(this.#voice, end, news.hasTrace)) await this.#tell(update);
    // Together: a prompt that comes after it begins to follow anew
    this.#followed.delete(task);
    this.#turnOf(task)?.end(stopOf(end));
  }

  async #tellNews(news: EditorNews): Promise<void> {
    for (let items = news.take(); items.length > 0; items = news.take())
      for (const item of items) for (const update of await item.updates()) await this.#tell(update);
  }

  async #untilAllIsHere(task: string): Promise<void> {
    const { home, until } = this.#user;
    await untilLastLines(this.#user, task, this.#signal);
    const isWhole = () => {
      const { commit, artifacts } = sessionView(home, pick(home, 'sessions', task));
      return !commit || artifacts.some((one) => one.commit === commit);
    };
    await until(isWhole, ARTIFACT_MS, this.#signal);
  }
}
