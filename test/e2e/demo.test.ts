/** `entangle demo`: its value, its homes, what other software finds in them, and a person who says yes, no, or leaves. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { unwrapEvent } from 'nostr-tools/nip59';
import { type Event, getPublicKey, verifyEvent } from 'nostr-tools/pure';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoResult } from '../../src/local/demo.ts';
import { environment, json, SELF, tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { foreground, processesWith } from '../support/foreground.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { runHere } from '../support/own-command.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const here = tempHomes();
const kept = here.home('kept');
const ASKED = 'nothing to reject it: ';
let result: DemoResult;
let screen: string | null = null;
/** Where a pseudo-terminal is, a person says yes there; else it approves by itself, as `one-file` has it too. */
beforeAll(async () => {
  const home = here.home('me');
  if (!hasTerminal()) {
    result = await json<DemoResult>(home, ['demo', '--keep', kept]);
    return;
  }
  mkdirSync(home);
  const command = [...SELF, 'demo', '--json', '--keep', kept];
  const env = { ...environment(home), TERM: 'xterm' };
  const dialog = { asked: ASKED, answer: 'SHOWN\r', shown: 'subject +sha256:([0-9a-f]{4})' };
  const ended = await inTerminal(command, env, dialog);
  expect([ended.code, ended.screen.includes(ASKED)]).toEqual([0, true]);
  screen = ended.screen;
  result = JSON.parse(screen.slice(screen.lastIndexOf('\n{\r\n')));
});
afterAll(() => here.clean());

const below = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('demo --json', () => {
  test('its value has the whole story, and nothing else', () => {
    expect(Object.keys(result).sort()).toEqual([
      'approval',
      'artifact',
      'federation',
      'ledger',
      'session',
      'steps',
    ]);
    const { federation, session, approval, artifact, ledger, steps } = result;
    expect(Object.keys(federation).sort()).toEqual(['host', 'node', 'runner', 'user']);
    expect(new Set(Object.values(federation)).size).toBe(4);
    for (const npub of Object.values(federation)) expect(npub).toMatch(/^npub1[02-9ac-hj-np-z]{58}$/);
    expect(session).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), state: 'completed' });
    expect(approval).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      decision: 'approved',
      approver: federation.user,
      subjectDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(Object.keys(artifact).sort()).toEqual(['branch', 'commit', 'repository']);
    expect(ledger.events).toBeGreaterThan(0);
    expect(ledger.verified).toBe(ledger.events);
    for (const step of steps)
      expect(Object.keys(step).sort()).toEqual(['eventId', 'ms', 'role', 'signer', 'type']);
  });
  test('its steps name who signed what, in the order of the story', () => {
    const { federation, steps } = result;
    const order = [
      ['task.request', 'user', federation.user],
      ['task.accept', 'node', federation.node],
      ['approval.request', 'node', federation.node],
      ['approval.response', 'user', federation.user],
      ['artifact.ref', 'node', federation.node],
      ['task.result', 'node', federation.node],
    ];
    const found = order.map(([type, role, signer]) =>
      // Of a work product the last: that it is made is told before it is approved
      steps.findLastIndex((step) => step.type === type && step.role === role && step.signer === signer),
    );
    expect(found.every((index) => index >= 0)).toBe(true);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(steps.every((step, index) => step.ms >= (steps[index - 1]?.ms ?? 0))).toBe(true);
  });
  test('the approved commit is the head of the branch on the remote, and passes the tests there', () => {
    const { repository, branch, commit } = result.artifact;
    expect(plainGit(repository.replace('file://', ''), 'rev-parse', `refs/heads/${branch}`)).toBe(commit);
    const text = plainGit(repository.replace('file://', ''), 'show', `${commit}:greet.sh`);
    expect(text).toContain('set world');
  });
  test('--keep leaves the homes, and nothing runs', () => {
    for (const home of ['host/default/ledger', 'relay', 'runner/default/ledger', 'user/default/ledger'])
      expect(existsSync(join(kept, home))).toBe(true);
    expect(processesWith(here.root)).toEqual([]);
  });
  test('--keep where homes are already: conflict, and they stay as they are', async () => {
    const again = await runHere(here.home('me'), ['demo', '--keep', kept, '--no-input']);
    expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('another directory') });
    expect(existsSync(join(kept, 'host/default/ledger'))).toBe(true);
  });
});

describe('other software reads what it left', () => {
  test('nostr-tools verifies each event of each ledger', () => {
    const ledgers = below(kept).filter((path) => /\/ledger\/\d+\.ndjson$/.test(path));
    expect(ledgers).toHaveLength(3);
    const events = ledgers.flatMap(linesOf).map((line) => JSON.parse(line).event as Event);
    expect(events).toHaveLength(result.ledger.events);
    expect(events.filter((event) => !verifyEvent(event)).map((event) => event.id)).toEqual([]);
  });
  test('nostr-tools unwraps each wrap of the relay with its recipient’s key', () => {
    const keys = below(kept).filter((path) => /\/keys\/[^/]+\.key$/.test(path) && !path.endsWith('/log.key'));
    const secrets = new Map(
      keys.map((path) => {
        const secretKey = Uint8Array.from(Buffer.from(readFileSync(path, 'utf8').trim(), 'hex'));
        return [getPublicKey(secretKey), secretKey];
      }),
    );
    expect(secrets.size).toBe(4);
    const stored = linesOf(join(kept, 'relay/events.ndjson')).map((line) => JSON.parse(line) as Event);
    // What a reader writes to itself, to see that the relay gives it back, is no message.
    const isProbe = (event: Event) =>
      event.tags.some(([name, value]) => name === 'p' && value === event.pubkey);
    const wraps = stored.filter((event) => event.kind === 1059 && !isProbe(event));
    expect(wraps.length).toBeGreaterThan(20);
    for (const wrap of wraps) {
      const recipient = wrap.tags.find((tag) => tag[0] === 'p')![1]!;
      const secretKey = secrets.get(recipient);
      if (!secretKey) throw new Error(`nobody here has the key of ${recipient}`);
      const rumor = unwrapEvent(wrap, secretKey);
      const message = JSON.parse(rumor.content) as Event;
      expect([rumor.pubkey, rumor.kind, verifyEvent(message)]).toEqual([message.pubkey, message.kind, true]);
    }
  });
});

describe('a person at a terminal', () => {
  const demo = (name: string, asked: string, answer: string, shown?: string, keeps = true) => {
    const home = here.home(name);
    mkdirSync(home);
    const command = [...SELF, 'demo', ...(keeps ? ['--keep', join(home, 'kept')] : [])];
    return inTerminal(
      command,
      { ...environment(home), TERM: 'xterm' },
      {
        asked,
        answer,
        ...(shown ? { shown } : {}),
      },
    );
  };
  test('sees the change, and types how its digest begins', () => {
    if (screen === null) return;
    // Words of a program are coloured there
    expect(stripVTControlCharacters(screen)).toContain('+greet() { [ $# = 0 ] && set world; echo');
    expect(result.approval.decision).toBe('approved');
  });
  test('says n: nothing is published, exit 5', async () => {
    if (!hasTerminal()) return;
    const { code, screen } = await demo('no', ASKED, 'n\r');
    expect(code).toBe(5);
    expect(screen).toContain('failed: approval_rejected');
    const branches = plainGit(join(here.home('no'), 'kept/remote.git'), 'branch', '--list', '--all');
    expect(branches).toBe('* main');
    expect(processesWith(here.root)).toEqual([]);
  });
  // What is said then is shown in `src/local/demo.test.ts`, what an empty answer is in `src/cli/user/sign.test.ts`
  test.runIf(isSlow)(
    'says nothing, where no state is kept: it is not told where the work is kept',
    async () => {
      if (!hasTerminal()) return;
      const { code, screen } = await demo('nothing', ASKED, '\r', undefined, false);
      expect(code).toBe(5);
      expect(screen).toContain('it was not pushed, and is deleted');
      expect(screen).not.toContain('is kept as commit');
    },
  );
  const moments = [
    ['while it starts', 'relay    ws'],
    ['at the question', ASKED],
  ] as const;
  test.each(isSlow ? moments : moments.slice(0, 1))(
    'presses Ctrl-C %s: exit 130, nothing left running',
    async (name, shown) => {
      if (!hasTerminal()) return;
      const { code } = await demo(`left-${name.replaceAll(' ', '-')}`, shown, '\u0003');
      expect(code).toBe(130);
      expect(processesWith(here.root)).toEqual([]);
    },
  );
});

describe('interrupted from outside', () => {
  const moments = ['relay ', 'runner ', '  task.request'];
  test.each(isSlow ? moments : moments.slice(1, 2))('after "%s": exit 130, nothing left', async (shown) => {
    const home = here.home(`cut-${shown.trim()}`);
    mkdirSync(home);
    const demo = foreground(home, home, ['demo', '--json', '--no-input', '--keep', join(home, 'kept')]);
    await demo.error((text) => text.startsWith(shown));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    expect(demo.lines).toEqual([]);
    expect(processesWith(here.root)).toEqual([]);
  });
});
