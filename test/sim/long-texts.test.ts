/** Tasks and reasons of any length that a person may type: they arrive whole, and reach those they concern. */
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_TEXT_BYTES } from '../../src/core/bounds.ts';
import { utf8Length } from '../../src/core/encoding/bytes.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { cancel as cancelSession } from '../../src/services/user/ask.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { ask, asked, outcome, reached, shown, tryAsk, userOf, waited } from './story.ts';

const texts: string[] = [];
let fed: Federation;
beforeAll(async () => {
  fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: {
      builder: { policy: { approval: { 'source.publish': { by: ['bob'], quorum: 1 } } } },
      helper: {},
    },
    edges: ['alice delegates_to builder', 'bob approves builder', 'builder delegates_to helper'],
    suite: idealSuite,
    script: async ({ task, write, sleep, delegate, print }) => {
      texts.push(task);
      if (task.startsWith('make')) await write('a.txt', task.slice(0, 20));
      if (task.startsWith('sleep')) await sleep(600_000);
      if (task.startsWith('give')) print(`${(await delegate('helper', `take${task.slice(4)}`)).state}`);
    },
  });
});

const log = (bytes: number, letter = 'a'): string => {
  const line = `${letter.repeat(59)}\n`;
  return line.repeat(Math.floor(bytes / utf8Length(line)));
};

describe('a task', () => {
  test.each([
    ['of 8 KB, an issue with its log', `read\n${log(8_145)}`],
    ['of one character that is quoted, 6,000 times', `read ${'"'.repeat(6_000)}`],
    ['of 60 KB of Chinese', `read ${log(60_000, '漢')}`],
    ['of 64 KiB', `read ${'x'.repeat(MAX_TEXT_BYTES - 5)}`],
  ])('%s reaches the engine as it was typed', async (_what, task) => {
    const session = await ask(fed, 'alice', 'builder', task);
    const { title } = await reached(fed, 'alice', session, 'completed');
    expect(texts.at(-1)).toBe(task);
    expect(title.endsWith('…') && task.startsWith(title.slice(0, -1))).toBe(true);
  });

  test('is read whole by who approves, who never spoke to whoever launched it', async () => {
    const task = `make it\n${log(60_000, '漢')}`;
    const session = await ask(fed, 'alice', 'builder', task);
    const approval = await asked(fed, 'bob', session);
    const seen = await fed.finish('the question', showApproval(userOf(fed, 'bob'), approval, 30_000));
    expect(seen).toMatchObject({
      task,
      title: 'make it…',
      asker: { name: 'builder', claimed: false },
      launcher: { name: 'alice', npub: npub(fed.people.alice!.home.self.pubkey), claimed: true },
    });
  });

  test('of more is refused in one sentence, before anything is sent', async () => {
    const refused = await tryAsk(fed, 'alice', 'builder', '漢'.repeat(21_846));
    expect(refused).toMatchObject({
      code: 'usage',
      message: 'a task may have at most 65536 bytes, this has 65538',
    });
  });

  test('that a node gives on arrives whole too', async () => {
    const session = await ask(fed, 'alice', 'builder', `give ${log(20_000)}`);
    expect((await reached(fed, 'alice', session, 'completed')).summary).toBe('completed');
    expect(texts.at(-1)).toBe(`take ${log(20_000)}`);
  });

  test('waits for its rest while the one who asked is away, and runs when they are back', async () => {
    const alice = fed.people.alice!;
    fed.relays[0]!.setState('down');
    const task = `read late\n${log(9_000)}`;
    const session = await ask(fed, 'alice', 'builder', task);
    await fed.finish('alice leaves', alice.stop());
    fed.relays[0]!.setState('up');
    await fed.finish('alice is back', alice.start());
    await reached(fed, 'alice', session, 'completed');
    expect(texts.at(-1)).toBe(task);
  });
});

describe('a reason', () => {
  const proposed = async () => {
    const session = await ask(fed, 'alice', 'builder', 'make it');
    return { session, approval: await asked(fed, 'bob', session) };
  };
  test.each([
    ['short', 'use the dev branch instead'],
    ['with two lines and quotes', 'not "here":\nuse the dev branch'],
    ['long', `read this first: ${log(1_300)}`],
  ])('that is %s, of who rejected, reaches who launched: show, wait', async (_what, reason) => {
    const { session, approval } = await proposed();
    await fed.finish('bob rejects', decide(userOf(fed, 'bob'), approval, 'rejected', { reason }));
    const { summary } = await reached(fed, 'alice', session, 'failed');
    expect(summary?.startsWith(`rejected by bob: ${reason}\n`)).toBe(true);
    expect(await waited(fed, 'alice', session)).toMatchObject({
      code: 'denied',
      message: expect.stringContaining(`approval_rejected (rejected by bob: ${reason}\n`),
    });
  });

  test('that is very long is told by its beginning and its end', async () => {
    const { session, approval } = await proposed();
    const reason = `first ${log(60_000)} last`;
    await fed.finish('bob rejects', decide(userOf(fed, 'bob'), approval, 'rejected', { reason }));
    const { summary } = await reached(fed, 'alice', session, 'failed');
    expect(summary).toMatch(/^rejected by bob: first a.* … .*a\n last\n/s);
  });

  test('whose rest never comes is told as far as it came', async () => {
    const { session, approval } = await proposed();
    const bob = fed.people.bob!;
    bob.home.blobs.get = async () => undefined;
    const reason = `first ${log(60_000)}`;
    await fed.finish('bob rejects', decide(userOf(fed, 'bob'), approval, 'rejected', { reason }));
    const { summary } = await reached(fed, 'alice', session, 'failed');
    expect(summary?.startsWith(`rejected by bob: ${reason.slice(0, 300)} …\n`)).toBe(true);
  });

  test('of a cancellation stands with the session', async () => {
    const session = await ask(fed, 'alice', 'builder', 'sleep');
    await reached(fed, 'alice', session, 'active');
    const row = fed.people.alice!.home.tables.get('sessions', session)!;
    await fed.finish('alice cancels', cancelSession(userOf(fed, 'alice'), row, 'somebody else did it'));
    await reached(fed, 'alice', session, 'cancelled');
    expect(shown(fed, 'alice', session)?.summary).toBe('cancelled by alice: somebody else did it');
  });

  test('of more than 64 KiB decides nothing', async () => {
    const { approval } = await proposed();
    const reason = 'x'.repeat(MAX_TEXT_BYTES + 1);
    expect(await outcome(fed, decide(userOf(fed, 'bob'), approval, 'rejected', { reason }))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('a reason may have at most 65536'),
    });
    expect(fed.people.bob!.home.tables.get('approvals', approval.id)?.open).toBe(1);
  });
});
