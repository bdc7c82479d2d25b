/** Ledgers of a Host and of a person who had so many tasks done: really signed lines, made once and kept beside the temporary files. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { isoTime } from '../../src/core/encoding/time.ts';
import { type Entry, encodeLine, GENESIS, type Head, nextLine } from '../../src/core/ledger/line.ts';
import { type SignedEvent, signEvent } from '../../src/core/nostr/event.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { createWorld, NOW, type Said, uuidOf } from './world.ts';

export type LedgerOwner = 'host' | 'user';
/** Raise it when other lines are made. */
const VERSION = 2;
const AUX = new Uint8Array(32);
const hash = (...parts: (string | number)[]): string =>
  Buffer.from(suiteWasm.sha256(Buffer.from(parts.join(' ')))).toString('hex');

/** Whose keys sign them, seeded: the homes of a benchmark have them too. */
export const world = createWorld(suiteWasm, 'bench');
const { actors, compose, graph } = world;

/** A task from its request to its published commit, as the two ledgers have it. */
function* task(n: number, numbers: Map<string, number>): Generator<{ home: LedgerOwner; entry: Entry }> {
  const at = NOW + 60 * n;
  const session = uuidOf(4 * n + 1);
  const [approval, artifact] = [uuidOf(4 * n + 2), uuidOf(4 * n + 3)];
  const commit = hash('commit', n).slice(0, 40);
  const sign = (said: Said): SignedEvent => {
    const n = (numbers.get(said.from) ?? 0) + 1;
    numbers.set(said.from, n);
    return compose({ ...said, n, at });
  };
  const comes = (home: LedgerOwner, event: SignedEvent) => ({ home, entry: { dir: 'in' as const, event } });
  const goes = (event: SignedEvent) => {
    const content = 'A'.repeat(Math.ceil((JSON.stringify(event).length * 4) / 3));
    const seal = signEvent(
      suiteWasm,
      { kind: 13, created_at: event.created_at, tags: [], content },
      actors.user.secretKey,
      AUX,
    );
    return { home: 'user' as const, entry: { dir: 'out' as const, event, seal } };
  };
  const toUser = { from: 'node', to: 'user' } as const;
  const toHost = { from: 'runner', to: 'host' } as const;
  const request = sign({
    ...{ type: 'task.request', from: 'user', to: 'node' },
    body: {
      ...{ session, attempt: 1, task: `mend what is broken in part ${n} of the program` },
      budget: { hops: 8, turns: 5, path: ['user'] },
    },
  });
  yield goes(request);
  const re = request.id;
  let step = 0;
  const moved = (
    type: 'task.accept' | 'task.update' | 'task.result',
    state: BodyOf<'task.result'>['state'],
  ) => {
    const body = { session, attempt: 1, step: ++step, state };
    const event = sign({ type, ...toUser, re, body } as Said);
    const seen = { ...body, node: 'builder', requester: actors.user.pubkey };
    const evidence = [event].map((one) => ({ ...one, tags: one.tags.map((tag) => [...tag]) }));
    return [
      comes('user', event),
      comes('host', sign({ type: 'session.observed', ...toHost, body: { ...seen, evidence } } as Said)),
    ];
  };
  yield* moved('task.accept', 'accepted');
  yield* moved('task.update', 'active');
  const subjectDigest = hash('subject', n);
  const output = hash('output', n);
  const turn = { session, attempt: 1, turn: 1, status: 'done' as const, exitCode: 0, output };
  const ran = { ...turn, engine: 'exec' as const, sandbox: 'none' as const, usage: { tokens: 1200 + n } };
  yield comes('host', sign({ type: 'turn.observed', ...toHost, body: ran } as Said));
  const diff = hash('diff', n);
  const subject = {
    ...{
      domain: 'entangle/subject/1',
      graph,
      policy: hash('policy'),
      approval,
      session,
      attempt: 1,
      fence: 1,
    },
    ...{ expiresAt: at + 3600, operation: 'source.publish', commit, expectedHead: null },
    ...{ remote: 'https://example.org/app.git', ref: `refs/heads/entangle/builder/${session}` },
    ...{ changes: hash('changes', n), hunks: diff },
  };
  const shown = { diff: [diff], size: 120, files: 1, task: `mend part ${n}`, path: ['builder'] };
  const closing = { approval, session, subjectDigest };
  const asked = sign({
    ...{ type: 'approval.request', ...toUser },
    body: { ...closing, subject, ...shown, launchedBy: actors.user.pubkey },
  } as Said);
  yield comes('user', asked);
  const observed = { ...closing, operation: 'source.publish', evidence: [] };
  yield comes(
    'host',
    sign({ type: 'approval.observed', ...toHost, body: { ...observed, state: 'pending' } } as Said),
  );
  yield* moved('task.update', 'waiting_approval');
  const decided = { approval, decision: 'approved', subject, subjectDigest };
  yield goes(
    sign({ type: 'approval.response', from: 'user', to: 'node', re: asked.id, body: decided } as Said),
  );
  const end = { ...closing, state: 'approved' };
  yield comes('user', sign({ type: 'approval.closed', ...toUser, re: asked.id, body: end } as Said));
  yield comes(
    'host',
    sign({ type: 'approval.observed', ...toHost, body: { ...observed, state: 'approved' } } as Said),
  );
  const where = {
    artifact,
    session,
    repository: subject.remote,
    branch: subject.ref.slice(11),
    commit,
    approval,
  };
  yield comes(
    'host',
    sign({ type: 'artifact.observed', ...toHost, body: { ...where, state: 'published' } } as Said),
  );
  yield comes('user', sign({ type: 'artifact.ref', ...toUser, body: where } as Said));
  yield* moved('task.result', 'completed');
}

const make = (home: LedgerOwner, lines: number): Uint8Array => {
  const texts: Uint8Array[] = [];
  const numbers = new Map<string, number>();
  let head: Head = GENESIS;
  for (let n = 0; texts.length < lines; n++)
    for (const { home: of, entry } of task(n, numbers)) {
      if (of !== home || texts.length === lines) continue;
      const line = nextLine(suiteWasm.sha256, head, isoTime((NOW + 60 * n) * 1000), entry);
      texts.push(encodeLine(line));
      head = line;
    }
  return Buffer.concat(texts);
};

/** The file of such a ledger; made where it is not there yet, which takes some milliseconds a line. */
export const homeLines = (home: LedgerOwner, lines: number): string => {
  const directory = join(tmpdir(), 'entangle-bench-lines');
  const path = join(directory, `${home}-${lines}-v${VERSION}.ndjson`);
  if (existsSync(path)) return path;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${path}.new`, make(home, lines));
  renameSync(`${path}.new`, path);
  return path;
};
