/** How `user watch` shows what happens: on a screen, in lines with a person at them, in lines for a program, or not at all. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import type { Seen } from '../../services/user/watch.ts';
import { plainLines, theme } from '../kit/flags.ts';
import { oneLine } from '../kit/render.ts';
import { hasPerson, isDumb, isLargeEnough, LEAST_SCREEN, type TerminalKind } from '../kit/terminal-kind.ts';
import { alertFlags, bind, notify } from './alert-flags.ts';
import { userFlags } from './command.ts';

export const watchFlags = {
  ...userFlags,
  inline: Flags.boolean({
    description: 'append lines, with one below them that stays, instead of a full screen',
    env: 'ENTANGLE_INLINE',
  }),
  'screen-reader': Flags.boolean({
    description: 'append sentences that can be read aloud, and rewrite nothing',
    env: 'ENTANGLE_SCREEN_READER',
  }),
  plain: plainLines,
  theme,
  headless: Flags.boolean({
    description: 'print nothing, only notify',
    env: 'ENTANGLE_HEADLESS',
  }),
  notify,
  ...alertFlags,
  bind,
  note: Flags.string({
    description: 'say this on the screen while nothing is selected',
    env: 'ENTANGLE_NOTE',
    helpValue: 'TEXT',
    multiple: true,
    hidden: true,
  }),
};

type Wanted = {
  'no-input': boolean;
  inline: boolean;
  'screen-reader': boolean;
  plain: boolean;
  headless: boolean;
  notify: string | undefined;
  isJson: boolean;
};

/** What asks a person at the prompt, and what asks nobody: of flags that are typed only one kind can be meant. */
const ASKING = ['inline', 'screen-reader'] as const;
const SILENT = ['plain', 'json', 'headless', 'no-input'] as const;

const typedOf = (argv: readonly string[]) => {
  const end = argv.indexOf('--');
  const all = new Set(argv.slice(0, end === -1 ? argv.length : end));
  const isTyped = (name: string): boolean => all.has(`--${name}`);
  const [asking, silent] = [ASKING.find(isTyped), SILENT.find(isTyped)];
  if (asking === undefined || silent === undefined) return { asking, silent };
  throw new EntangleError('usage', `--${asking} asks you at the prompt, --${silent} asks nobody`, {
    hint: 'leave one of them out',
  });
};

/** `inline`: lines for a person, `live` with one below them that is rewritten; `lines`: nobody is asked. */
export type WatchSurface =
  | { to: 'nobody' }
  | { to: 'lines' }
  | { to: 'screen' }
  | { to: 'inline'; surface: 'inline' | 'spoken'; hasLive: boolean; isSmall: boolean };

/** A flag that is typed counts before what environment and settings prefer. */
export const howToWatch = (terminal: TerminalKind, wanted: Wanted, argv: readonly string[]): WatchSurface => {
  const { asking, silent } = typedOf(argv);
  const isAsking = asking !== undefined;
  if (wanted.headless && !isAsking) {
    if (wanted.notify !== undefined) return { to: 'nobody' };
    throw new EntangleError('usage', 'nobody would be told of anything', {
      hint: 'name a program with --notify, or with `notify` in your settings',
    });
  }
  const isPlain = silent !== undefined || (!isAsking && (wanted.isJson || wanted.plain));
  if (isPlain || !hasPerson(terminal, wanted['no-input'])) return { to: 'lines' };
  const inline = { to: 'inline', surface: 'inline', hasLive: !isDumb(terminal), isSmall: false } as const;
  if (wanted['screen-reader']) return { ...inline, surface: 'spoken', hasLive: false };
  if (wanted.inline || isDumb(terminal)) return inline;
  return isLargeEnough(terminal) ? { to: 'screen' } : { ...inline, isSmall: true };
};

/** What a person sees is there at once with what is here: it says itself what the relays are, and fills as they give. */
export const syncOf = ({ to }: WatchSurface, { sync }: { sync: number }): number =>
  to === 'screen' || to === 'inline' ? 0 : sync;

export const seenLine = ({ at, what, id, state, title }: Seen): string =>
  `${at} ${what} ${id} ${state} ${oneLine(title)}`;

export const SMALL = `a terminal of ${LEAST_SCREEN.columns} columns and ${LEAST_SCREEN.rows} rows would show a full screen; here lines are appended`;
