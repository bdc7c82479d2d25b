/**
 * What a home of real files finds of itself at its next start: read models that are gone, damaged or of another history
 * (T97), a ledger that is torn or changed. The lines are those of a whole task with its approval.
 */
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../src/adapters/keys/file.ts';
import { PROJECTION_FILE } from '../../src/adapters/sqlite/projection.ts';
import { writeConfig } from '../../src/cli/wiring/home-config.ts';
import { openHome } from '../../src/cli/wiring/open-home.ts';
import { rebuildProjection } from '../../src/cli/wiring/rebuild-projection.ts';
import { encodeLine } from '../../src/core/ledger/line.ts';
import { dumpDigest } from '../../src/core/projection/dump.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import { HOME_KINDS, type HomeKind } from '../../src/core/vocabulary.ts';
import { recordOf } from '../../src/services/messaging/rejections.ts';
import type { HostConfig, JoinedConfig } from '../../src/services/setup/config.ts';
import { startFederation } from '../sim/federation.ts';
import type { MemoryHome } from '../sim/memory-home.ts';
import { approve, ask, reached } from '../sim/story.ts';

const HOMES = HOME_KINDS;
type Name = HomeKind;
type Config = HostConfig | JoinedConfig;
const configOf = (kind: Name, { graph, stream, host }: MemoryHome): Config => {
  const recovery = '00'.repeat(32);
  const base = { graph, keys: 'file' as const, stream, relays: ['ws://127.0.0.1:1'], recovery };
  if (kind === 'host') return { kind, ...base, leaseMs: 60_000, bootstrap: null, members: false };
  const member = { ...base, name: kind, host, invite: null, ticket: null };
  if (kind === 'user') return { kind, ...member };
  const offer = { labels: {}, sandbox: ['none' as const], capacity: 1, protocols: ['file' as const] };
  return { kind, ...member, ...offer, repositoryHooks: false };
};

let root: string;
let configs: Record<Name, Config>;
/** Of the read models as the living parts had them, line by line. */
let living: Record<Name, string>;
let told: string[];
const at = (name: Name, ...path: string[]) => join(root, 'now', name, ...path);
const segment = (name: Name) => at(name, 'ledger', '000001.ndjson');
const opened = (name: Name) =>
  openHome(at(name), configs[name], {
    mode: 'exclusive',
    owner: 'test',
    input: false,
    log: (_level, text) => told.push(text),
  });
const digest = async (name: Name): Promise<string> => {
  const { projection, close } = await opened(name);
  const found = projection.digest();
  await close();
  return found;
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-damaged-'));
  const fed = await startFederation({
    suite: suiteWasm,
    people: { alice: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  const homes = { host: fed.host.home, runner: fed.runners.r1!.home, user: fed.people.alice!.home };
  const livingOf = ({ tables }: MemoryHome) => dumpDigest(tables, ROWS, suiteWasm.sha256);
  living = { host: livingOf(homes.host), runner: livingOf(homes.runner), user: livingOf(homes.user) };
  const kept = {
    host: homes.host.ledger.head.n,
    runner: homes.runner.ledger.head.n,
    user: homes.user.ledger.head.n,
  };
  await fed.close();
  for (const name of HOMES) {
    const directory = join(root, 'before', name);
    await mkdir(join(directory, 'ledger'), { recursive: true });
    await fileKeyStore(join(directory, 'keys')).create(name, homes[name].disk.secretKey);
    await writeFile(
      join(directory, 'ledger', '000001.ndjson'),
      Buffer.concat(homes[name].disk.lines.slice(0, kept[name]).map(encodeLine)),
    );
  }
  configs = {
    host: configOf('host', homes.host),
    runner: configOf('runner', homes.runner),
    user: configOf('user', homes.user),
  };
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  await rm(join(root, 'now'), { recursive: true, force: true });
  await cp(join(root, 'before'), join(root, 'now'), { recursive: true });
  told = [];
});

const rebuilding = (reason: string): string => `rebuilding the projection from the ledger: ${reason}`;
const OTHER_LINES = 'it was folded from other lines than the ledger has';

describe.each(HOMES)('the read models of a %s', (name) => {
  test('that are thrown away are folded again to what they were while it lived', async () => {
    expect(await digest(name)).toBe(living[name]);
    await rm(at(name, PROJECTION_FILE));
    expect(await digest(name)).toBe(living[name]);
    expect(told).toEqual([]);
  });
  test.each([
    ['of no bytes', 'the file is empty', (file: string) => writeFile(file, '')],
    ['of garbage', 'the file is damaged', (file: string) => writeFile(file, 'no database'.repeat(100))],
    ['cut off', 'the file is damaged', (file: string) => truncate(file, 4096)],
  ])('%s are thrown away, told, and made again', async (_what, reason, damage) => {
    const first = await digest(name);
    await damage(at(name, PROJECTION_FILE));
    expect(await digest(name)).toBe(first);
    expect(told).toEqual([rebuilding(reason)]);
  });
  test('that are ahead of the ledger, or of another one as long, are made again', async () => {
    const first = await digest(name);
    const lines = await readFile(segment(name));
    const further = async (operator: string): Promise<void> => {
      const { home, close } = await opened(name);
      const body = {
        ...{ name: operator, role: 'viewer' as const, expiresAt: null, by: null },
        sha256: '5a'.repeat(32),
      };
      await home.ledger.append(() => [{ dir: 'local', event: recordOf(home, 'operator.added', body) }]);
      await close();
    };
    const lose = async (): Promise<void> => {
      await rm(at(name, 'ledger'), { recursive: true });
      await mkdir(at(name, 'ledger'));
      await writeFile(segment(name), lines);
    };
    // What was written is lost, as if the disk had not kept it
    await further('one');
    await lose();
    expect(await digest(name)).toBe(first);
    expect(told).toEqual([rebuilding(OTHER_LINES)]);
    await further('other');
    const other = await readFile(at(name, PROJECTION_FILE));
    await lose();
    await further('another');
    const right = await digest(name);
    await writeFile(at(name, PROJECTION_FILE), other);
    told = [];
    expect(await digest(name)).toBe(right);
    expect(told).toEqual([rebuilding(OTHER_LINES)]);
  });
});

describe.each(HOMES)('the read models of a %s, made anew by command,', (name) => {
  const rebuild = () => rebuildProjection(at(name), 'make one', () => {});
  const right = () => `sha256:${living[name]}`;
  beforeEach(() => writeConfig(at(name), z.looseObject({}), configs[name]));
  test('are what they were while it lived, and are used by the next start', async () => {
    expect(await rebuild()).toMatchObject({
      ...{ digest: right(), before: null, discarded: 'there was none' },
    });
    expect(await rebuild()).toMatchObject({ digest: right(), before: right(), discarded: null });
    await writeFile(at(name, PROJECTION_FILE), 'no database'.repeat(100));
    expect(await rebuild()).toMatchObject({
      ...{ digest: right(), before: null, discarded: 'the file is damaged' },
    });
    expect(await digest(name)).toBe(living[name]);
    expect(told).toEqual([]);
  });
  test('show that what was there was of other lines', async () => {
    const lines = await readFile(segment(name));
    const { home, close } = await opened(name);
    const body = { ...{ name: 'one', by: 'another' } };
    await home.ledger.append(() => [{ dir: 'local', event: recordOf(home, 'operator.revoked', body) }]);
    await close();
    await writeFile(segment(name), lines);
    const { digest: made, before } = await rebuild();
    expect(made).toBe(right());
    expect(before).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(before).not.toBe(made);
  });
  test('are none where nothing was written yet, which is said', async () => {
    await rm(at(name, 'ledger'), { recursive: true });
    await expect(rebuild()).rejects.toMatchObject({ code: 'not_found' });
  });
  test('stay as they are while it is served, and where a line is not right', async () => {
    const { close } = await opened(name);
    await expect(rebuild()).rejects.toMatchObject({ code: 'conflict' });
    await close();
    const before = await readFile(at(name, PROJECTION_FILE));
    const damaged = await readFile(segment(name));
    damaged[damaged.indexOf(10) + 41]! ^= 1;
    await writeFile(segment(name), damaged);
    await expect(rebuild()).rejects.toMatchObject({ code: 'invalid' });
    expect(await readFile(at(name, PROJECTION_FILE))).toEqual(before);
  });
});

describe.each(HOMES)('the ledger of a %s', (name) => {
  test('with a torn last line goes on without it', async () => {
    const first = await digest(name);
    const { length } = await readFile(segment(name));
    await appendFile(segment(name), '{"n":999,"at":"2026-');
    expect(await digest(name)).toBe(first);
    expect(told).toEqual([`removed an incomplete last line of ${segment(name)} at byte ${length}`]);
    expect(await readFile(segment(name))).toHaveLength(length);
  });
  test('with damage before its end is not opened, and stays as it is', async () => {
    const damaged = await readFile(segment(name));
    const second = damaged.indexOf(10) + 1;
    damaged[second + 40] = damaged[second + 40]! ^ 1;
    await writeFile(segment(name), damaged);
    await expect(opened(name)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(`${segment(name)} is damaged at byte ${second}`),
    });
    expect(await readFile(segment(name))).toEqual(damaged);
  });
});
