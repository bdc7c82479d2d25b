/** The run that is seen in the pictures: a federation of real processes, and its screens in real pseudo-terminals. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Planned, planFile, plannedNotes } from '../../src/cli/graph/plan.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { hostClient } from '../../src/cli/wiring/host-client.ts';
import type { Size } from '../../src/tui/frame/box.ts';
import type { CellRun } from '../../test/support/cells.ts';
import { BIN, environment, tempHomes } from '../../test/support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../../test/support/custom-federation.ts';
import { openScreen, type TerminalScreen } from '../../test/support/screen.ts';
import { asMade } from './order.ts';
import { type Drawn, drawnCells, type PictureRecord } from './record.ts';
import { withStandIns } from './stand-ins.ts';
import { hostTwin, type Twin, userTwin } from './twin.ts';

const FILES = {
  'greet.sh':
    '#!/bin/sh\n# Says hello to whoever is named.\nname=$1\n[ "$name" ] || name=world\necho "Hello, $name!"\n',
  'check.sh':
    'sh greet.sh Ada | grep -q "Ada" && echo "ok: a name is said"\nsh greet.sh | grep -q "world" && echo "ok: so is nobody"\n',
  'soak.sh':
    'for n in 1 2 3 4 5; do sleep 1; echo "round $n of 5: no failures"; done\nuntil [ -e done ]; do sleep 0.2; done\n',
  'ask.sh':
    'printf \'{"ask":{"question":"%s"}}\\n\' "$1" >&3\nread -r answer <&4\necho "$answer" > answer.txt\n',
};
const MEMBERS = {
  users: { alice: null },
  agents: { builder: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } }, tester: {} },
  edges: ['alice delegates_to builder', 'alice delegates_to tester', 'alice approves builder'],
};

const MOMENT_MS = 300;
const MOST_LOOKS = 60;
/** Times of this second and this minute are not the same in two processes. */
const withoutTimes = (row: readonly CellRun[]): string =>
  JSON.stringify(row)
    .replace(/\d\d:\d\d:\d\d/g, 'hh:mm:ss')
    .replace(/\d+ (?:s|min)\b/g, 'n s');

/** What the twin draws is what the terminal has, colours too; else there is no picture. */
const asSeen = async (screen: Pick<TerminalScreen, 'cells'>, look: () => Drawn): Promise<Drawn> => {
  for (let n = 1; ; n++) {
    const drawn = look();
    const made = (await drawnCells(drawn)).map(withoutTimes);
    const seen = screen.cells().map(withoutTimes);
    const at = seen.findIndex((row, y) => row !== made[y]);
    if (at === -1) return drawn;
    if (n === MOST_LOOKS)
      throw new Error(`row ${at} of the terminal:\n${seen[at]}\nand what would be recorded:\n${made[at]}`);
    await new Promise((later) => setTimeout(later, MOMENT_MS));
  }
};

type Taken = (name: string, picture: Omit<PictureRecord, 'drawn'>, drawn: Drawn) => void;
type Story = { fed: CustomFederation; taken: Taken };

const open = (home: string, args: readonly string[], { width, height }: Size, cwd?: string): TerminalScreen =>
  openScreen([process.execPath, BIN, ...args, '--home', home], environment(home), {
    ...{ columns: width, rows: height },
    ...(cwd === undefined ? {} : { cwd }),
  });

const besideTwin = async (
  [screen, twin]: [TerminalScreen, Twin],
  use: (screen: TerminalScreen, twin: Twin) => Promise<void>,
): Promise<void> => {
  try {
    await use(screen, twin);
  } finally {
    await twin.close();
    screen.kill('SIGKILL');
    await screen.ended;
  }
};
const watching = async (fed: CustomFederation, size: Size): Promise<[TerminalScreen, Twin]> => {
  const home = fed.homes.alice!;
  const screen = open(home, ['user', 'watch'], size);
  await screen.until('relays 1/1');
  return [screen, await userTwin(home, size)];
};

const takeTrace = async ({ fed, taken }: Story): Promise<void> => {
  const size = { width: 92, height: 20 };
  await besideTwin(await watching(fed, size), async (screen, twin) => {
    await fed.ask('alice', 'tester', 'sh soak.sh');
    await screen.until('active tester: sh soak.sh');
    await screen.press('g', '> active tester: sh soak.sh');
    await screen.press('3', 'round 5 of 5');
    const drawn = await asSeen(screen, () => {
      for (const key of ['g', '3']) twin.press(key);
      return twin.drawn();
    });
    taken('trace', { title: TITLES.trace, command: 'entangle user watch' }, drawn);
  });
};

const takeInbox = async ({ fed, taken }: Story): Promise<void> => {
  const size = { width: 120, height: 22 };
  await besideTwin(await watching(fed, size), async (screen, twin) => {
    const drawn = await asSeen(screen, () => twin.drawn());
    taken('inbox', { title: TITLES.inbox, command: 'entangle user watch' }, drawn);
  });
};

const takeApproval = async ({ fed, taken }: Story): Promise<void> => {
  const size = { width: 110, height: 38 };
  await besideTwin(await watching(fed, size), async (screen, twin) => {
    await screen.press('\r', 'all of it was shown');
    // Enter may have been read twice
    await screen.press('\u000c', (text) => !text.includes('does nothing'));
    twin.press('enter');
    const drawn = await asSeen(screen, () => twin.drawn());
    taken('approval', { title: TITLES.approval, command: 'entangle user watch' }, drawn);
  });
};

const takeHost = async ({ fed, taken }: Story): Promise<void> => {
  const size = { width: 130, height: 26 };
  const home = fed.homes.host!;
  const pair: [TerminalScreen, Twin] = [open(home, ['host', 'watch'], size), await hostTwin(home, size)];
  await besideTwin(pair, async (screen, twin) => {
    await screen.until('host live');
    const drawn = await asSeen(screen, () => twin.drawn());
    taken('host', { title: TITLES.host, command: 'entangle host watch' }, drawn);
  });
};

const takePlan = async ({ fed, taken }: Story): Promise<void> => {
  const size = { width: 112, height: 40 };
  const home = fed.homes.host!;
  const graph = JSON.parse(readFileSync(join(fed.here.root, 'graph.json'), 'utf8'));
  graph.nodes.writer = { ...graph.nodes.tester, policy: { ...graph.nodes.builder.policy } };
  graph.edges = [
    ...graph.edges.filter((edge: string) => edge !== 'alice delegates_to tester'),
    ...['alice delegates_to writer', 'alice approves writer'],
  ];
  const file = fed.here.file('graph.yaml', JSON.stringify(graph, null, 2));
  const screen = open(home, ['graph', 'plan'], size, fed.here.root);
  await screen.ended;
  const planned = await planFile(hostClient(resolveHome(home, {}, home), {}), file, {
    ...{ out: undefined, json: false },
  });
  const notes = plannedNotes('graph.yaml', planned.value as Planned);
  const drawn = await asSeen(screen, () => ({ of: 'plan', notes, lines: planned.found.lines, size }));
  taken('plan', { title: TITLES.plan, command: 'entangle graph plan' }, drawn);
};

const TITLES = {
  inbox:
    'The inbox of a person: one change to approve, one question to answer, one task that runs and one that is over; beside it the selected session and what was signed in it',
  approval:
    'An approval: the task, who asked for it and which edge allows it, the whole change, and below it what would be signed with its digest',
  trace:
    'The trace of a running session: signed messages, and lines that its engine printed, marked as claimed',
  host: 'The operator’s screen: runners, assignments and sessions, the trace of the Host, what operators did, and what was refused',
  plan: 'A plan: what applying an edited graph adds and removes, and what that does to work that runs',
} as const;

const tell = async (story: Story): Promise<void> => {
  const { fed } = story;
  fed.fixture.publish(FILES, 'greet');
  await takeTrace(story);
  const over = await fed.ask('alice', 'tester', 'sh check.sh');
  await fed.waited('alice', over, 'end');
  const asked = await fed.ask('alice', 'builder', `sed -i 's/Hello/Good morning/' greet.sh\nsh check.sh`);
  await fed.waited('alice', asked, 'approval');
  const question = await fed.ask('alice', 'tester', `sh ask.sh 'Which port may the tests use?'`);
  await fed.waited('alice', question, 'question');
  await takeInbox(story);
  await takeApproval(story);
  await takeHost(story);
  await takePlan(story);
};

/** Each picture by its name, as every run has it. */
export const takePictures = async (): Promise<Map<string, PictureRecord>> => {
  const here = tempHomes();
  const pictures = new Map<string, PictureRecord>();
  const fed = await startCustomFederation(here, MEMBERS);
  const places: [string, string][] = [
    [`${fed.fixture.root}/remote.git`, '/srv/git/app.git'],
    [fed.fixture.root, '/srv/git'],
    [here.root, '/srv/acme'],
    [fed.relay, 'wss://relay.example.org'],
  ];
  try {
    await tell({
      fed,
      taken(name, picture, drawn) {
        const now = 'now' in drawn ? drawn.now : Date.now();
        pictures.set(name, { ...picture, drawn: withStandIns(asMade(drawn), now, places) });
        console.error(`${name}: as it is on the terminal`);
      },
    });
  } finally {
    await fed.close();
  }
  return pictures;
};
