/** The tree of what is selected, in its pane and in lines, and the trace of all that is in it. */
import { expect, test } from 'vitest';
import { liveOf, OUTSIDE, SESSION, treeOf } from '../../test/support/screens.ts';
import { plainLine } from './ansi.ts';
import { printedLines } from './inline/lines.ts';
import { traceOf } from './layout.ts';
import { treeLines } from './panes.ts';
import { pictureOf } from './picture.ts';
import { startScreen } from './state.ts';
import { createStore, type ScreenSource } from './store.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const live = liveOf(['make it so', 'builder']);
const session = live.items.find((one) => one.what === 'session')!;
const tree = treeOf(['alice', 'planner', 'builder']);
const child = tree.nodes.at(-1)!.session;

test('each row says at its end whose word it is, or below where it is long', () => {
  expect(treeLines(tree, 60, NOW).map(plainLine)).toEqual([
    'requested by alice, 1 h ago                         ✓ signed',
    '└ planner  waiting for alice · attempt 2 · turn 3 · c0ffeec ',
    '    +42 -7 (5 files)                                ✓ signed',
    '  └ builder  not told to you                       ≈ claimed',
    '    only the nodes below it name it                ≈ claimed',
    '    └ alice  waiting approval · attempt 2 · turn 3 · c0ffeec',
    '         (5 files)                                  ✓ signed',
    '      that builder gave it this is the word of alice; how it',
    '         goes it tells builder                     ≈ claimed',
  ]);
});

test('a session has its tree instead of who asked and at which node', () => {
  const screen = { ...startScreen({ width: 130, height: 40 }, live, NOW), session, tree };
  const text = pictureOf(screen, NOW).map(plainLine).join('\n');
  expect(text).toMatch(/requested by alice, 1 h ago +✓ signed/);
  expect(text).not.toContain('asked by');
  expect(
    pictureOf({ ...screen, tree: null }, NOW)
      .map(plainLine)
      .join('\n'),
  ).toContain('asked by');
});

test('of a session of somebody else there is what is known of it, on each surface', () => {
  const size = { width: 130, height: 40 };
  const screen = { ...startScreen(size, live, NOW), tree, pane: 'session' as const };
  expect(pictureOf(screen, NOW).map(plainLine).join('\n')).toContain('2 Session of somebody else');
  for (const surface of ['inline', 'spoken'] as const) {
    const lines = printedLines({ ...screen, surface }, 'pane', NOW)
      .map(plainLine)
      .join('\n');
    expect(lines).toContain('requested by alice, 1 h ago');
    expect(lines).toContain('planner  waiting for alice · attempt 2 · turn 3');
  }
});

test('the trace is of all sessions of the tree', () => {
  const [row] = live.trace;
  const rows = [SESSION, child, 'another'].map((of, n) => ({ ...row!, id: `${n}`, session: of }));
  const traced = { live: { ...live, trace: rows }, session, tree };
  expect(traceOf(traced).map((one) => one.session)).toEqual([SESSION, child]);
  expect(traceOf({ ...traced, tree: null }).map((one) => one.session)).toEqual([SESSION]);
  expect(traceOf({ ...traced, session: null, tree: null })).toHaveLength(3);
});

test('goes with what is selected, and is looked at again when something came', () => {
  const asked: string[] = [];
  const source = {
    ...{ now: () => NOW + 1_000, notes: [], live: () => live, session: () => null },
    tree(id: string) {
      asked.push(id);
      return tree;
    },
  } as Partial<ScreenSource> as ScreenSource;
  const store = createStore(source, { size: { width: 130, height: 40 }, surface: 'full' }, OUTSIDE);
  const approval = live.items.find((one) => one.what === 'approval')!;
  store.news();
  expect([store.screen().tree, asked]).toEqual([tree, [approval.session]]);
  store.send({ what: 'tick' });
  expect(asked).toHaveLength(1);
});
