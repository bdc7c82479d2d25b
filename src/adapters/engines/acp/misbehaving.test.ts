/** Twelve agents that misbehave: none has an effect that nobody approved, each turn ends as it is said, and the next one is served. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentTurns, NO, YES } from '../../../../test/support/agent-turns.ts';
import { MISBEHAVING, type Misbehaviour } from '../../../../test/support/misbehaving.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import type { ChangedFile } from '../../../core/source/changes.ts';
import type { Permission, PermissionRequest } from '../../../ports/index.ts';
import { SignedWrites } from '../../../services/runner/signed-writes.ts';
import type { AcpSpec } from './profiles.ts';

const { at, doing } = agentTurns();
const never = new Promise<never>(() => undefined);
/** As a policy has it that has commands and writes approved, of people who say yes to one of each, and nothing yet to mere words. */
const people =
  (signed: SignedWrites) =>
  ({ command, written }: PermissionRequest): Permission | Promise<Permission> => {
    if (command === null) return never;
    const isYes = command === 'echo one' || command.endsWith('+one');
    if (isYes && written) signed.add(written);
    return isYes ? YES : NO;
  };
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
/** What the turn left, as its commit would change it. */
async function* changed(): AsyncGenerator<ChangedFile> {
  for (const path of readdirSync(at('work')).filter((name) => name !== 'agent.mjs'))
    yield { path, old: null, new: { mode: '100644', bytes: readFileSync(at('work', path)) } };
}

type Row = {
  ends: string;
  /** In what it says, or in the end of it. */
  words: string;
  /** Requests that people were asked about. */
  asked?: number;
  /** The words where it has no files and no terminals of its runner. */
  draft?: string;
  /** Files that fail a turn with a policy about writes. */
  unsigned?: string[];
};
const agentOf = (version: 1 | 2): { spec: AcpSpec } => ({
  spec: {
    ...{ type: 'acp', auth: 'none' },
    command: ['node', at('work/agent.mjs'), String(version)],
    ...(version === 2 && { protocol: 2 }),
  },
});
const AGENTS: Readonly<Record<Misbehaviour, Row>> = {
  'offers two answers that allow once': {
    ...{ ends: 'done', words: 'refused, it offers several allow_once' },
  },
  'changes its mode after the prompt': {
    ...{ ends: 'failed', words: 'mode: it changed its mode to “default”' },
  },
  'asks before it tells of the call': {
    ...{ ends: 'done', words: 'asked: Run: refused, not so', asked: 1 },
  },
  'offers an answer of a kind that is not known': {
    ...{ ends: 'done', words: 'refused, it offers no allow_once' },
  },
  'writes other bytes than were approved': {
    ...{ ends: 'done', words: 'not put "it was not approved: not so"', asked: 2 },
    draft: 'Method not found',
  },
  'runs another command in a terminal than was approved': {
    ...{ ends: 'done', words: 'not run {"details":"it was not approved: not so"}', asked: 2 },
    draft: 'not run {"method":"terminal/create"}',
  },
  'never asks': {
    ...{ ends: 'done', words: '', unsigned: ['own.txt'] },
  },
  'asks 500 times at once': {
    ...{ ends: 'failed', words: `more than ${MAX_ACP.requests} things at once`, asked: MAX_ACP.requests },
  },
  'dies while a request waits': {
    ...{ ends: 'failed', words: 'the agent ended before its turn did, with exit code 3', asked: 1 },
  },
  'tells without end': { ends: 'output_limit', words: 'xxx' },
  'says a line of a gigabyte': {
    ...{ ends: 'failed', words: `a line of more than ${MAX_ACP.line} bytes` },
  },
  'has a sub-agent that writes': {
    ...{ ends: 'done', words: 'that is not the session of this turn', unsigned: ['own.txt'] },
    draft: 'asked: Write never.txt: refused, it asks for another session',
  },
};

const rows = (Object.keys(AGENTS) as Misbehaviour[]).flatMap((name) =>
  ([1, 2] as const).map((version) => [name, version, AGENTS[name]] as const),
);
test.each(rows)(
  'an agent that %s, over version %d',
  async (name, version, { ends, words, draft, asked = 0, unsigned = [] }) => {
    const signed = new SignedWrites();
    const over = await doing([...MISBEHAVING[name]], people(signed), agentOf(version));
    expect(over.end.reason).toBe(ends);
    expect(over.text() + over.end.tail).toContain((version === 2 && draft) || words);
    expect(over.asked.length).toBeLessThanOrEqual(asked);
    expect(existsSync(at('work/never.txt'))).toBe(false);
    expect(await signed.missing(changed(), sha256)).toEqual(unsigned);
    expect((await doing(['say next'], people(signed), agentOf(version))).text()).toBe('next\n');
  },
);
