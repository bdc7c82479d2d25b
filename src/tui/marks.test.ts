/** Colour is never the only mark: what a tone tells apart, words or signs tell apart without it. */
import { describe, expect, test } from 'vitest';
import { overviewOf, traceEntryOf } from '../../test/support/host-screens.ts';
import { approvalOf, liveOf } from '../../test/support/screens.ts';
import { plainLine } from './ansi.ts';
import type { CellLine } from './frame/line.ts';
import { hostPicture } from './host/picture.ts';
import { type HostEvent, type HostScreen, startHostScreen } from './host/state.ts';
import { updateHost } from './host/update.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const WIDE = { width: 160, height: 40 };
const NARROW = { width: 90, height: 40 };
const key = (name: string) => ({ what: 'key', key: name }) as const;
const live = liveOf(['task', 'builder', 'alice']);

const screenAfter = (events: readonly ScreenEvent[], { size = WIDE, of = live } = {}): CellLine[] => {
  const first: Screen = startScreen(size, of, NOW);
  const last = events.reduce((one, event, n) => update(one, event, NOW + 1_000 + 400 * n).screen, first);
  return pictureOf(last, NOW);
};
const overview = overviewOf(['r1', 'builder', 'acme'], NOW);
const hostAfter = (events: readonly HostEvent[], of: Partial<typeof overview> = {}): CellLine[] => {
  const read: HostEvent = { what: 'read', overview: { ...overview, ...of } };
  const first: HostScreen = startHostScreen(WIDE, NOW);
  const last = [read, ...events].reduce((one, event) => updateHost(one, event, NOW).screen, first);
  return hostPicture(last, NOW);
};
const [runner, session] = [overview.runners[0]!, overview.sessions[0]!];
const [signed, printed] = live.trace;
const item = live.items.find((one) => one.what === 'session')!;
const withSession = (state: 'failed' | 'completed') =>
  screenAfter([{ what: 'live', live, session: { ...item, state } }]);
const opened: ScreenEvent[] = [
  key('enter'),
  { what: 'loaded', id: live.items[0]!.id, view: approvalOf(['task', 'a.txt', 'x', 'main', 'builder']) },
];
const drawn: ScreenEvent = { what: 'drawn', id: live.items[0]!.id, top: 0, size: WIDE };

const PAIRS: Readonly<Record<string, readonly [CellLine[], CellLine[]]>> = {
  'what is selected': [screenAfter([key('j')]), screenAfter([key('j'), key('j')])],
  'which pane has the keys': [screenAfter([]), screenAfter([key('tab')])],
  'which pane is shown of several': [
    screenAfter([key('2')], { size: NARROW, of: { ...live, items: [], trace: [] } }),
    screenAfter([key('3')], { size: NARROW, of: { ...live, items: [], trace: [] } }),
  ],
  'that relays are missing': [
    screenAfter([], { of: { ...live, relays: { open: 1, all: 1 } } }),
    screenAfter([], { of: { ...live, relays: { open: 0, all: 1 } } }),
  ],
  'that messages wait': [screenAfter([]), screenAfter([], { of: { ...live, unsent: 1 } })],
  'how a session ended': [withSession('failed'), withSession('completed')],
  'what was signed and what is claimed': [
    screenAfter([], { of: { ...live, trace: [{ ...signed!, is: 'signed', type: 'x' }] } }),
    screenAfter([], { of: { ...live, trace: [{ ...printed!, is: 'printed', text: 'x' }] } }),
  ],
  'what a palette would do': [screenAfter([key(':')]), screenAfter([key(':'), key('down')])],
  'that all was read': [screenAfter(opened), screenAfter([...opened, drawn])],
  'what is added and what is removed': [
    screenAfter([
      opened[0]!,
      { ...opened[1]!, view: { ...approvalOf(['t', 'a', 'x']), diff: '-x\n' } } as ScreenEvent,
    ]),
    screenAfter([
      opened[0]!,
      { ...opened[1]!, view: { ...approvalOf(['t', 'a', 'x']), diff: '+x\n' } } as ScreenEvent,
    ]),
  ],
  'whether a runner lives': [
    hostAfter([], { runners: [{ ...runner, liveness: 'live' }] }),
    hostAfter([], { runners: [{ ...runner, liveness: 'offline' }] }),
  ],
  'whether it is trusted': [
    hostAfter([], { runners: [{ ...runner, trust: 'pending' }] }),
    hostAfter([], { runners: [{ ...runner, trust: 'trusted' }] }),
  ],
  'whether it isolates': [
    hostAfter([], { runners: [{ ...runner, sandbox: ['none'] }] }),
    hostAfter([], { runners: [{ ...runner, sandbox: ['bwrap'] }] }),
  ],
  'whether somebody runs a session': [
    hostAfter([], { sessions: [{ ...session, held: true }] }),
    hostAfter([], { sessions: [{ ...session, held: false }] }),
  ],
  'whether a session waits for somebody who was not reached': [
    hostAfter([], { sessions: [{ ...session, waits: [] }] }),
    hostAfter([], { sessions: [session] }),
  ],
  'what others prove of a trace': [
    hostAfter([{ what: 'traced', entries: [traceEntryOf(['a', 'b', 'c'], 1, true)] }]),
    hostAfter([{ what: 'traced', entries: [traceEntryOf(['a', 'b', 'c'], 1, false)] }]),
  ],
  'that the Host is gone': [hostAfter([]), hostAfter([{ what: 'lost', of: 'changes', why: 'x' }])],
};

describe.each(Object.entries(PAIRS))('%s', (_, [one, two]) => {
  test('is told without a colour', () => {
    expect(one).not.toEqual(two);
    expect(one.map(plainLine)).not.toEqual(two.map(plainLine));
  });
  test('has words or a sign in each tone that judges', () => {
    const mute = [...one, ...two]
      .flat()
      .filter(({ text, tone }) => ['good', 'bad', 'warn'].includes(tone) && text.trim() === '');
    expect(mute).toEqual([]);
  });
});
