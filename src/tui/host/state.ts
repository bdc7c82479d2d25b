/** What the operator's screen remembers between two keys. Plain data: nothing here acts, and nothing changes the Host. */
import type { AuditEntry, TraceEntry } from '../../core/host-api/shapes.ts';
import type { HostNews, Overview } from '../../services/host/watch.ts';
import type { Size } from '../frame/box.ts';
import type { TerminalEvent } from '../shell/terminal-event.ts';

export const HOST_PANES = ['runners', 'assignments', 'trace', 'audit', 'rejects'] as const;
export type HostPane = (typeof HOST_PANES)[number];
/** Their rows come one by one, the last at the end. */
export type StreamedPane = Extract<HostPane, 'trace' | 'audit'>;
export const isStreamed = (pane: HostPane): pane is StreamedPane => pane === 'trace' || pane === 'audit';
export const NOTHING: Readonly<Record<HostPane, null>> = {
  ...{ runners: null, assignments: null, trace: null, audit: null, rejects: null },
};

/**
 * What is known of the Host itself. `reading`: it is there, and its lists were not read since; `silent`: nothing of it
 * came for longer than one that lives is silent. Only of one that is `live` is anything shown as it is now.
 */
export type HostLink =
  | { is: 'reading' | 'live'; since: number }
  | { is: 'silent'; since: number; was: 'reading' | 'live' }
  | { is: 'gone'; since: number; why: string };

export type HostScreen = {
  size: Size;
  link: HostLink;
  /** When the Host gave the last sign of life. */
  heardAt: number;
  /** Those that lag behind by themselves: they come by streams of their own. */
  isLost: Readonly<Record<StreamedPane, boolean>>;
  overview: Overview | null;
  trace: readonly TraceEntry[];
  /** What operators asked, each by its outcome where there is one. */
  audit: readonly AuditEntry[];
  pane: HostPane;
  /** Of each pane by id: what comes or goes never moves it. Null: the first, or of what is streamed whatever came last. */
  selected: Readonly<Record<HostPane, string | null>>;
  filter: string;
  /** The filter as it is typed. */
  typing: string | null;
  isHelp: boolean;
  /** All that is known of what is selected is shown. */
  isOpen: boolean;
  /** First row of the help or the details on the screen. */
  top: number;
  notice: string | null;
  /** Grows when ages on the screen are others. */
  clock: number;
};

export type HostEvent =
  | TerminalEvent
  | Exclude<HostNews, { what: 'traced' | 'audited' }>
  /** As many as came together. */
  | { what: 'traced'; entries: readonly TraceEntry[] }
  | { what: 'audited'; entries: readonly AuditEntry[] };

export type HostEffect = { do: 'quit'; isInterrupt: boolean } | { do: 'redraw' };
export type HostStep = { screen: HostScreen; effects: readonly HostEffect[] };

/** So many rows of what is streamed are kept; the ledger of the Host has the others. */
export const MOST_STREAMED = 5_000;
/** Longer than the streams of a Host that lives are silent. */
export const SILENT_MS = 20_000;

export const startHostScreen = (size: Size, now: number): HostScreen => ({
  size,
  link: { is: 'reading', since: now },
  heardAt: now,
  isLost: { trace: false, audit: false },
  overview: null,
  trace: [],
  audit: [],
  pane: 'runners',
  selected: NOTHING,
  filter: '',
  typing: null,
  isHelp: false,
  isOpen: false,
  top: 0,
  notice: null,
  clock: 0,
});

export const isLive = ({ link }: Pick<HostScreen, 'link'>): boolean => link.is === 'live';
