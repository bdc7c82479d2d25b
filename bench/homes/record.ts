/** A federation of real processes does one task of each kind; its lines are what grown homes are made after. */
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from '../../src/core/ledger/line.ts';
import { json, run, tempHomes } from '../../test/support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../../test/support/custom-federation.ts';
import { approveAs } from '../../test/support/own-user.ts';
import { ledgerOf } from '../../test/support/process-federation.ts';

/** Whose ledgers are looked at; grown are the first two. */
const PARTS = ['host', 'alice', 'runner'] as const;
type Part = (typeof PARTS)[number];
export type Kind = 'approved' | 'failed' | 'rejected' | 'cancelled' | 'open';
export type Template = {
  /** Before the first task: the ledgers that grown ones go on from have these lines. */
  base: Record<Part, Line[]>;
  /** What each kind of task left in each of them. */
  kinds: Record<Kind, Record<Part, Line[]>>;
};

const doTask = async (fed: CustomFederation, kind: Kind): Promise<void> => {
  const home = fed.homes.alice!;
  const session = await fed.ask('alice', 'coder', kind === 'failed' ? 'exit 1' : `echo ${kind} >> a.txt`);
  if (kind !== 'failed') {
    const [approval] = (await fed.waited('alice', session, 'approval')).approvals;
    if (kind === 'approved') await approveAs(home, approval!.id);
    if (kind === 'rejected') await json(home, ['user', 'reject', approval!.id, '--reason', 'not this way']);
    if (kind === 'cancelled') await json(home, ['user', 'cancel', session]);
  }
  if (kind !== 'open')
    await run(home, ['user', 'wait', session, '--for', 'end', '--timeout', '45s', '--json']);
  if (kind === 'approved') await proved(fed);
};

/** A Host looks once a minute whether its log has a new head. */
const LOOK_MS = 120_000;

/** What a Host stated of a commit is proved under the next head of its log. */
const proved = async (fed: CustomFederation): Promise<void> => {
  const count = async (state: 'stated' | 'proved') =>
    (await fed.tables('host')).count('evidence_requests', { state });
  await until('a statement', async () => (await count('stated')) > 0);
  await json(fed.homes.host!, ['host', 'audit', 'checkpoint']);
  await until('its proof', async () => (await count('proved')) > 0, LOOK_MS);
};

/** What was said has arrived, and who said it knows. */
const atRest = (fed: CustomFederation): Promise<unknown> =>
  until('that nothing is on its way', async () => {
    await json(fed.homes.alice!, ['user', 'inbox']);
    const tables = await Promise.all(PARTS.map((part) => fed.tables(part)));
    return tables.every((one) => one.count('outbox') === 0);
  });

const linesOf = (fed: CustomFederation): Record<Part, Line[]> =>
  Object.fromEntries(
    PARTS.map((part) => [part, ledgerOf(fed.directory(part)) as unknown[] as Line[]]),
  ) as Record<Part, Line[]>;

/** Heads are of their own ledger: a grown one has others. */
const isHead = ({ event }: Line): boolean =>
  event.tags.some(([name, value]) => name === 'type' && value === 'checkpoint');

/** Its homes as they were before the first task, and `template.json` beside them. */
export const recordTemplate = async (directory: string): Promise<void> => {
  const fed = await startCustomFederation(tempHomes(), {
    ...{ users: { alice: null } },
    agents: { coder: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
  const unfinished = `${directory}.new`;
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    await atRest(fed);
    for (const name of ['relay', ...PARTS])
      cpSync(fed.homes[name]!, join(unfinished, name), {
        recursive: true,
        filter: (path) => !/\.sock$|lock(?:\.next)?$|projection|history$/.test(path),
      });
    const base = linesOf(fed);
    const kinds = {} as Template['kinds'];
    let before = base;
    for (const kind of ['approved', 'failed', 'rejected', 'cancelled', 'open'] as const) {
      await doTask(fed, kind);
      await atRest(fed);
      const after = linesOf(fed);
      const since = (part: Part): Line[] =>
        after[part].slice(before[part].length).filter((line) => !isHead(line));
      kinds[kind] = { host: since('host'), alice: since('alice'), runner: since('runner') };
      before = after;
    }
    writeFileSync(join(unfinished, 'template.json'), JSON.stringify({ base, kinds } satisfies Template));
    renameSync(unfinished, directory);
  } finally {
    await fed.close();
  }
};
