/** A part of a simulated federation: a home on its disk, and the process that serves it, while there is one. */
import type { Suite } from '../../src/core/crypto/suite.ts';
import type { HistoryBounds } from '../../src/core/projection/history/over.ts';
import type { Home } from '../../src/services/messaging/home.ts';
import { keyOfPoint } from '../support/ideal-suite.ts';
import { createDice, seededRandom } from './dice.ts';
import { createMemoryHome, type MemoryDisk, type MemoryHome, memoryDisk } from './memory-home.ts';
import type { MemoryRelay } from './memory-relay.ts';
import { connectInMemory } from './memory-relay-session.ts';
import { type ProcessLife, startLife } from './process-life.ts';
import type { VirtualClock } from './virtual-clock.ts';

export type Part<R> = {
  readonly name: string;
  readonly disk: MemoryDisk;
  /** The home as the present process has it, or the last one had. */
  readonly home: MemoryHome;
  /** Null while no process serves the home, also while one is starting. */
  readonly running: R | null;
  /** A process is there: it starts, serves or stops. */
  readonly isUp: boolean;
  /** What its processes told, the last lines of it. */
  readonly log: readonly string[];
  start(): Promise<void>;
  /** As after SIGTERM. */
  stop(): Promise<void>;
  /** As after SIGKILL: what was appended and is not durable is lost, but for some first lines of it. */
  crash(): void;
  /** As SIGSTOP and SIGCONT: meanwhile nothing of it goes on but what others do for it. */
  freeze(): void;
  thaw(): void;
  /** The projection file is gone at the next start. */
  damage(): void;
  /** A command at a home that nobody serves: it may be crashed meanwhile. */
  visit(work: (home: MemoryHome) => Promise<void>): Promise<void>;
};
export type PartWorld = {
  seed: string;
  time: VirtualClock;
  relays: readonly MemoryRelay[];
  suite: Suite;
  /** How often a process writes its projection file. */
  saveMs: number;
  /** When what is over leaves the working sets. */
  history?: HistoryBounds | undefined;
  onLog?: ((who: string, level: string, text: string) => void) | undefined;
};
type PartOptions<R> = {
  name: string;
  kind: Home['kind'];
  /** The Host's key and the graph, for others than the Host. */
  federation?: { host: string; graph: string };
  /** sha256 (hex) of the recovery public key. */
  recovery?: string;
  /** Another home as it is now, with its keys, on a machine of its own. */
  copyOf?: MemoryDisk;
  /** A further home of a key that has one. */
  again?: { secretKey: Uint8Array; seed: string };
  begin(home: MemoryHome, life: ProcessLife): Promise<{ running: R; close(): Promise<void> }>;
};

const LOG_LINES = 200;
const SYNC_MS = 5;

export const createPart = <R>(world: PartWorld, options: PartOptions<R>): Part<R> => {
  const { time, relays, suite } = world;
  const { name, kind, federation, copyOf, again } = options;
  const seed = `${world.seed}/${kind}/${again?.seed ?? name}`;
  const random = seededRandom(seed);
  const fresh = () => memoryDisk(random, again?.secretKey ?? keyOfPoint(suite, random));
  const disk = copyOf ? structuredClone(copyOf) : fresh();
  const dice = createDice(`${seed}/dice`);
  const log: string[] = [];
  let starts = 0;
  let now: { running: R; close(): Promise<void> } | null = null;
  let isUp = false;
  let life: ProcessLife;
  const open = (): MemoryHome => {
    life = startLife(time);
    const { clock } = life;
    return createMemoryHome({
      kind,
      name,
      clock,
      random: seededRandom(`${seed}/${starts}`),
      suite,
      ...(world.history && { history: world.history }),
      disk,
      life,
      sync: { ms: () => dice.between(1, SYNC_MS), keptOf: (lines) => dice.between(0, lines) },
      connect: connectInMemory({ relays, clock, dice, life }),
      relays: relays.map(({ url }) => url),
      ...federation,
      ...(options.recovery !== undefined && { recovery: options.recovery }),
      log: (level, text) => {
        log.push(`${level}: ${text}`);
        log.splice(0, log.length - LOG_LINES);
        world.onLog?.(name, level, text);
      },
    });
  };
  const saveAtIntervals = async (home: MemoryHome, mine: ProcessLife): Promise<void> => {
    for (;;) {
      await mine.clock.sleep(world.saveMs);
      home.save();
    }
  };
  let home = open();
  return {
    name,
    disk,
    log,
    get home() {
      return home;
    },
    get running() {
      return now?.running ?? null;
    },
    get isUp() {
      return isUp;
    },
    async start() {
      if (isUp) throw new Error(`${name} runs already`);
      isUp = true;
      if (starts++ > 0) home = open();
      const mine = life;
      void saveAtIntervals(home, mine);
      const begun = await options.begin(home, mine);
      if (!mine.isOver) now = begun;
    },
    async stop() {
      const [ending, mine] = [now, life];
      if (!ending) return;
      now = null;
      await ending.close();
      await home.ledger.close();
      if (mine.isOver) return;
      home.save();
      mine.crash();
      isUp = false;
    },
    crash() {
      now = null;
      isUp = false;
      life.crash();
    },
    freeze: () => life.freeze(),
    thaw: () => life.thaw(),
    damage() {
      disk.saved = null;
    },
    async visit(work) {
      if (isUp) throw new Error(`${name} runs`);
      isUp = true;
      if (starts++ > 0) home = open();
      const mine = life;
      // A command that is killed is over, whatever it still waited for
      const killed = new Promise<void>((over) => mine.onEnd(over));
      await Promise.race([work(home).then(() => home.ledger.close()), killed]);
      if (mine.isOver) return;
      mine.crash();
      isUp = false;
    },
  };
};
