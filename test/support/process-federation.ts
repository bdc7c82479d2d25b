/** A federation of real processes for stories: relay, Host, one runner, one user, each killable and startable by name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntangleError } from '../../src/core/errors.ts';
import { freePort, type Serving, type TempHomes } from './cli.ts';
import { type Fixture, gitFixture, plainGit } from './git-fixtures.ts';
import { admitRunner, joinUserHome, makeHostHome, makeUserHome, operatorOf } from './own-setup.ts';
import { askAs, resultAs } from './own-user.ts';

export type Part = 'relay' | 'host' | 'runner';
export type ProcessFederation = {
  here: TempHomes;
  fixture: Fixture;
  homes: { relay: string; host: string; runner: string; user: string };
  /** Signal, and wait until it is gone. */
  stop(part: Part, signal?: NodeJS.Signals): Promise<void>;
  start(part: Part): Promise<void>;
  serving(part: Part): Serving;
  logs(): string;
  ask(task: string): Promise<string>;
  close(): Promise<void>;
};
export type ProcessOptions = {
  approval?: boolean;
  capacity?: number;
  /** Relays that run already; without them the embedded one is a process of this federation. */
  relay?: string | readonly string[];
};

/** A federation whose start fails leaves no process behind. */
export const startProcesses = (here: TempHomes, options: ProcessOptions = {}): Promise<ProcessFederation> =>
  begin(here, options).catch(async (error: unknown) => {
    await here.clean();
    throw error;
  });

const begin = async (here: TempHomes, options: ProcessOptions): Promise<ProcessFederation> => {
  const fixture = gitFixture({ 'a.txt': 'a\n' });
  const homes = { relay: here.home('w'), host: here.home('o'), runner: here.home('m'), user: here.home('d') };
  const relays = [options.relay ?? `ws://127.0.0.1:${await freePort()}`].flat();
  const { host } = await makeHostHome(homes.host, relays, !options.relay);
  const args: Record<Part, string[]> = {
    relay: ['relay', 'serve', '--port', new URL(relays[0]!).port, '--owner', host],
    host: ['host', 'serve'],
    runner: ['runner', 'serve'],
  };
  const servings = new Map<Part, Serving>();
  const logs: string[] = [];
  const start = async (part: Part): Promise<void> => {
    servings.set(part, await here.start(homes[part], args[part]));
  };
  if (!options.relay) await start('relay');
  await start('host');
  const operator = operatorOf(homes.host);
  await admitRunner(operator, homes.runner, { capacity: options.capacity ?? 4 }, () => start('runner'));
  const npub = await makeUserHome(homes.user);
  await operator.apply(here.file('graph.json', JSON.stringify(graphOf(npub, fixture, options))));
  await joined(homes.user, await operator.invite('user', 'alice'));
  await operator.assign('builder', 'r1');
  return {
    here,
    fixture,
    homes,
    start,
    stop: async (part, signal = 'SIGTERM') => {
      const serving = servings.get(part);
      logs.push(...(serving?.log ?? []).map((line) => `${part}: ${line}`));
      await serving?.kill(signal);
    },
    serving: (part) => servings.get(part)!,
    logs: () =>
      [...logs, ...[...servings].flatMap(([part, one]) => one.log.map((line) => `${part}: ${line}`))].join(
        '\n',
      ),
    ask: async (task) => {
      for (;;) {
        // Over a bad relay the routes may take longer than one command waits: a person tries again.
        try {
          return await askAs(homes.user, 'builder', task);
        } catch (error) {
          if (!(error instanceof EntangleError && error.code === 'unavailable')) throw error;
        }
      }
    },
    close: async () => {
      await here.clean();
      fixture.remove();
    },
  };
};

/** Over a bad relay the hello arrives and its acknowledgement may not: who joined goes on all the same. */
const joined = (home: string, invite: string): Promise<void> =>
  joinUserHome(home, invite).catch((error: unknown) => {
    if (!(error instanceof EntangleError && error.code === 'timed_out')) throw error;
  });

const graphOf = (npub: string, fixture: Fixture, options: ProcessOptions) => ({
  graph: 'acme',
  nodes: {
    alice: { kind: 'user', pubkey: npub },
    builder: {
      kind: 'agent',
      engine: { type: 'exec', auth: 'none', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] },
      workspace: { repository: fixture.repository.url, base: 'main' },
      policy: {
        sandbox: 'none',
        ...(options.approval ? { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } : {}),
      },
    },
  },
  edges: ['alice delegates_to builder', 'alice approves builder', 'alice reviews builder'],
});

export type LedgerLine = {
  n: number;
  dir: 'in' | 'out' | 'local';
  event: { id: string; pubkey: string; kind: number; tags: string[][]; content: string };
};
/** Lines of a home's ledger by a plain JSON parse; a torn last line is no line. */
export const ledgerOf = (directory: string): LedgerLine[] =>
  readdirSync(join(directory, 'ledger'))
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .flatMap((name) =>
      readFileSync(join(directory, 'ledger', name), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map((text) => JSON.parse(text));
/** What an approval is about, as its owner asked for it. */
export const subjectIn = (directory: string, approval: string): unknown =>
  ledgerOf(directory)
    .filter((line) => tagOf(line, 'type') === 'approval.request')
    .map((line) => JSON.parse(line.event.content))
    .find((body) => body.approval === approval)?.subject;

export const tagOf = (line: LedgerLine, name: string): string | undefined =>
  line.event.tags.find((tag) => tag[0] === name)?.[1];

export const ledgers = (fed: ProcessFederation) => ({
  host: ledgerOf(join(fed.homes.host, 'host', 'default')),
  runner: ledgerOf(join(fed.homes.runner, 'runner', 'default')),
  user: ledgerOf(join(fed.homes.user, 'user', 'default')),
});

/** Ids that a sender was told are durable at the recipient, and that no ledger of a recipient has. */
export const lostAfterAck = (fed: ProcessFederation): string[] => {
  const all = Object.values(ledgers(fed));
  const received = new Set(
    all.flatMap((lines) => lines.filter((line) => line.dir === 'in').map((line) => line.event.id)),
  );
  return all.flatMap((lines) => {
    const out = lines.filter((line) => line.dir === 'out');
    return lines
      .filter((line) => tagOf(line, 'type') === 'delivery.acked')
      .flatMap((line) => {
        const ack = JSON.parse(line.event.content) as {
          peer: string;
          stream: string;
          top: number;
          missing: [number, number][];
        };
        const covered = (n: number) =>
          n <= ack.top && !ack.missing.some(([from, to]) => from <= n && n <= to);
        return out.filter((one) => {
          const [, stream, n] = one.event.tags.find((tag) => tag[0] === 'seq') ?? [];
          return stream === ack.stream && tagOf(one, 'p') === ack.peer && covered(Number(n));
        });
      })
      .map((line) => line.event.id)
      .filter((id) => !received.has(id));
  });
};

/** Terminal results of a session as its requester's ledger has them. */
export const resultsOf = (fed: ProcessFederation, session: string): string[] =>
  ledgers(fed)
    .user.filter(
      (line) =>
        line.dir === 'in' && tagOf(line, 'type') === 'task.result' && tagOf(line, 'session') === session,
    )
    .map((line) => JSON.parse(line.event.content).state);

/** The same, heard once more where the state of the session came before its result: a home that is closed hears nothing. */
export const resultsHeard = async (fed: ProcessFederation, session: string): Promise<string[]> => {
  if (resultsOf(fed, session).length === 0) await resultAs(fed.homes.user, session);
  return resultsOf(fed, session);
};

/** Commits on the remote's branch of a session that main does not have; 0 where there is no branch. */
export const commitsOf = (fed: ProcessFederation, session: string): number => {
  const branch = `refs/heads/entangle/builder/${session}`;
  const refs = plainGit(fed.fixture.remote, 'for-each-ref', '--format=%(refname)', branch);
  return refs === ''
    ? 0
    : Number(plainGit(fed.fixture.remote, 'rev-list', '--count', branch, '^refs/heads/main'));
};
