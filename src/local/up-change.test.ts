/** What another engine costs is counted over the whole inbox, however many pages it has. */
import { expect, test } from 'vitest';
import type { Processes } from '../ports/index.ts';
import { confirmChange } from './up-change.ts';
import type { UpState } from './up-state.ts';

const before: UpState = {
  repository: '/r',
  base: 'main',
  engine: 'one',
  agent: null,
  sandbox: 'none',
  capacity: 1,
  repositoryHooks: false,
  complete: true,
};
const PAGE = 200;

/** An inbox with so many open things, newest first, as `user inbox` gives it page by page. */
const withInbox = (approvals: number, sessions: number): Processes & { asked: string[] } => {
  const all = [...Array(approvals).fill('approval'), ...Array(sessions).fill('session')];
  const asked: string[] = [];
  return {
    home: '/h',
    asked,
    run: async <T>(args: readonly string[]) => {
      asked.push(args.join(' '));
      const at = Number(args[args.indexOf('--cursor') + 1 || args.length] ?? 0);
      const next = at + PAGE < all.length ? `${at + PAGE}` : null;
      return { items: all.slice(at, at + PAGE).map((what) => ({ what })), next } as T;
    },
    serve: () => Promise.reject(new Error('nothing is served here')),
    show: () => Promise.reject(new Error('nothing is shown here')),
  };
};

test.each([
  [1, 1, 1, 'with another engine 1 open task starts again, and 1 pending approval becomes void'],
  [201, 250, 3, 'with another engine 250 open tasks start again, and 201 pending approvals become void'],
  [0, 200, 1, 'with another engine 200 open tasks start again'],
])('%d approvals and %d sessions, on %d pages', async (approvals, sessions, pages, cost) => {
  const processes = withInbox(approvals, sessions);
  const change = confirmChange(
    processes,
    before,
    { ...before, engine: 'two' },
    { yes: false, noInput: true },
  );
  await expect(change).rejects.toMatchObject({ code: 'usage', message: cost });
  expect(processes.asked).toHaveLength(pages);
  expect(processes.asked[0]).toBe('user inbox --sync 0');
});

test('nothing open costs nothing, and what is the same is not asked about', async () => {
  const processes = withInbox(0, 0);
  await confirmChange(processes, before, { ...before, engine: 'two' }, { yes: false, noInput: true });
  expect(processes.asked).toHaveLength(1);
  await confirmChange(processes, before, before, { yes: false, noInput: true });
  expect(processes.asked).toHaveLength(1);
});

test('so does another branch, and how to go back is said', async () => {
  const change = confirmChange(
    withInbox(1, 2),
    before,
    { ...before, base: 'topic' },
    { yes: false, noInput: true },
  );
  await expect(change).rejects.toMatchObject({
    message: 'with another branch 2 open tasks start again, and 1 pending approval becomes void',
    hint: 'confirm with --yes, or go back: `git switch main`',
  });
});

const KIMI = { name: 'kimi', model: 'm', endpoint: 'https://m.example', hasKey: true };
test.each([
  ['an agent in the place of an engine', before, { ...before, engine: null, agent: KIMI }, 'agent'],
  ['another model', { ...before, agent: KIMI }, { ...before, agent: { ...KIMI, model: 'n' } }, 'agent'],
  [
    'an engine in the place of an agent',
    { ...before, engine: null, agent: KIMI },
    before,
    'agent and engine',
  ],
])('so does %s', async (_, from, to, what) => {
  const change = confirmChange(withInbox(0, 1), from, to, { yes: false, noInput: true });
  await expect(change).rejects.toMatchObject({ message: `with another ${what} 1 open task starts again` });
});
