/** What of a task an editor was not told yet: what its turn prints, its states, and what waits for this person. */
import type { SessionUpdate } from '@agentclientprotocol/sdk';
import { familyOf } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import { showQuestion } from './answers.ts';
import type { EditorVoice } from './editor-voice.ts';
import { OPERATION_WORDS } from './operation-words.ts';
import { nameOf, runsNowhere } from './peers.ts';
import { questionRow, questionsForMe, questionsOf } from './questions.ts';
import { reviewsForMe } from './reviews.ts';
import type { TracedLine } from './traces.ts';
import { sessionsBelow } from './tree.ts';
import { troubleTitle, troubleWhy } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { User } from './user.ts';
import { approvalsForMe, isCutOff, shownState } from './views.ts';

/** The rest of a long question is asked for as long. */
const QUESTION_MS = 10_000;

/** Of an end there are other words. */
const STATES: Partial<Record<SessionState, string>> = {
  accepted: 'accepted it',
  active: 'works on it',
  waiting_approval: 'waits for an approval',
};

/** Told once for its key; without one, whenever it is there. */
type Item = { key: string | null; updates(): SessionUpdate[] | Promise<SessionUpdate[]> };

export const openQuestion = ({ home }: User, task: string): RowOf<'questions'> | undefined =>
  questionsOf(home, task).find((row) => questionRow(home, row).state === 'open');

/** Of a commit of the task itself, put to this person: what they say next may be what to change. */
export const commitToApprove = ({ home }: User, task: string): RowOf<'approvals'> | undefined =>
  approvalsForMe(home).find((row) => row.session === task && row.operation === 'source.publish');

export const isTaskOver = ({ home }: User, task: string): boolean => {
  const row = home.tables.get('sessions', task);
  return row === undefined || row.open === 0 || isCutOff(home, row);
};

export class EditorNews {
  readonly #user: User;
  readonly #task: string;
  readonly #voice: EditorVoice;
  readonly #told = new Set<string>();
  /** Ids of lines that were told and that the trace still has. */
  #printed: ReadonlySet<string> = new Set();
  #state: string | null = null;
  /** Whether a line of its trace was told. */
  hasTrace = false;

  constructor(user: User, task: string, voice: EditorVoice) {
    this.#user = user;
    this.#task = task;
    this.#voice = voice;
  }

  /** In the order in which it is told; none of it again. */
  take(): Item[] {
    const [below, lines] = this.#below();
    const items = this.#look(below, lines);
    this.#printed = new Set(lines.map(({ id }) => id));
    this.#state = this.#stateNow();
    for (const { key } of items) if (key !== null) this.#told.add(key);
    if (lines.length > 0) this.hasTrace = true;
    return items;
  }

  isThere(): boolean {
    return this.#look(...this.#below()).length > 0;
  }

  #below(): [Set<string>, TracedLine[]] {
    const below = sessionsBelow(this.#user, this.#task);
    return [new Set(below), below.flatMap((id) => this.#user.traces.lines(id, { withOpen: false }))];
  }

  #stateNow(): string | null {
    const { home } = this.#user;
    const row = home.tables.get('sessions', this.#task);
    return (row && STATES[shownState(home, row)]) ?? null;
  }

  #look(below: ReadonlySet<string>, lines: readonly TracedLine[]): Item[] {
    const isBelow = ({ session }: { session: string | null }): boolean =>
      session === null || below.has(session);
    const { home } = this.#user;
    const items: Item[] = [
      ...lines.filter(({ id }) => !this.#printed.has(id)).map((line) => this.#line(line)),
      ...this.#stateNews(),
      ...troublesOf(this.#user)
        .filter(isBelow)
        .map((one) => this.#trouble(one)),
      ...approvalsForMe(home)
        .filter(isBelow)
        .map((row) => this.#approval(row)),
      ...reviewsForMe(home)
        .filter(isBelow)
        .map((row) => this.#review(row)),
      ...questionsForMe(home)
        .filter((row) => this.#isGiven(row, below))
        .map((row) => this.#escalation(row)),
      ...[openQuestion(this.#user, this.#task) ?? []].flat().map((row) => this.#question(row)),
    ];
    return items.filter(({ key }) => key === null || !this.#told.has(key));
  }

  /** Before it asks for an approval no path is known of it: then its id tells what it was given away in. */
  #isGiven({ session }: RowOf<'questions'>, below: ReadonlySet<string>): boolean {
    return session !== this.#task && (below.has(session) || familyOf(session) === familyOf(this.#task));
  }

  #line(line: TracedLine): Item {
    const updates = () =>
      line.is === 'printed'
        ? [this.#voice.printed(line.id, line.text)]
        : [this.#voice.said(`${line.bytes} bytes of what it printed did not come here.`)];
    return { key: null, updates };
  }

  /** A state that comes back after another is news again. */
  #stateNews(): Item[] {
    const { home } = this.#user;
    const row = home.tables.get('sessions', this.#task);
    const state = this.#stateNow();
    if (row === undefined) return [];
    const node = nameOf(home, row.node);
    const nobody = `Nobody runs ${node} now: it goes on when somebody does.`;
    return [
      ...(state === null || state === this.#state
        ? []
        : [{ key: null, updates: () => [this.#voice.said(`${node} ${state}.`)] }]),
      ...(runsNowhere(home, row)
        ? [{ key: `nobody ${row.attempt}`, updates: () => [this.#voice.said(nobody)] }]
        : []),
    ];
  }

  #trouble(one: ReturnType<typeof troublesOf>[number]): Item {
    const { what, id, state, title } = one;
    const said = `In the way: ${troubleTitle(one)}, ${troubleWhy(one)}; see \`entangle user inbox\`.`;
    return {
      key: `${what} ${id} ${state}`,
      updates: () => [this.#voice.said(said), this.#voice.quoted(title)],
    };
  }

  /** A pointer and no button: what is signed is looked at where all of it is shown. */
  #approval({ id, node, session, operation, title, target }: RowOf<'approvals'>): Item {
    const isOwn = session === this.#task && operation === 'source.publish';
    const said = [
      `${nameOf(this.#user.home, node)} waits for your approval of ${OPERATION_WORDS[operation].one}. Look at all of it, and approve or reject it,`,
      `in \`entangle user watch\` or with \`entangle user approve ${id}\`: nothing is approved in an editor.`,
      ...(isOwn ? ['What you write next here asks for changes instead.'] : []),
    ].join(' ');
    const facts = target ? [title, target.commit, `${target.ref} of ${target.remote}`] : [title];
    return {
      key: `approval ${id}`,
      updates: () => [this.#voice.said(said), this.#voice.quoted(facts.join('\n'))],
    };
  }

  #review({ id, node, title }: RowOf<'reviews'>): Item {
    const said = `${nameOf(this.#user.home, node)} asks you to look at what it has made: \`entangle user review ${id}\`, or in \`entangle user watch\`.`;
    return {
      key: `review ${id}`,
      updates: () => [this.#voice.said(said), this.#voice.quoted(title)],
    };
  }

  /** Not answered here: what is written here next goes to the node of the task itself. */
  #escalation(row: RowOf<'questions'>): Item {
    const how = `Answer with \`entangle user reply ${row.id}\`, or in \`entangle user watch\`.`;
    return { ...this.#asked(row, how), key: `escalation ${row.id}` };
  }

  #question(row: RowOf<'questions'>): Item {
    return this.#asked(row, 'What you write next here is your answer, signed by you.');
  }

  #asked(row: RowOf<'questions'>, how: string): Item {
    const { home } = this.#user;
    const said = `${nameOf(home, row.node)} asks you, and its turn waits. ${how}`;
    const updates = async () => {
      const shown = await showQuestion(this.#user, row, QUESTION_MS).catch(() => questionRow(home, row));
      const rest = `Not all of it came: \`entangle user show ${row.id}\`.`;
      const cut = shown.isWhole ? [] : [this.#voice.said(rest)];
      return [this.#voice.said(said), this.#voice.quoted(shown.text), ...cut];
    };
    return { key: `question ${row.id}`, updates };
  }
}
