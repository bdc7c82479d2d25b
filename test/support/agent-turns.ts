/** Turns of the agent of the tests by the real engine, and what people were asked about in them. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createAcpEngine } from '../../src/adapters/engines/acp/engine.ts';
import type { AcpSpec } from '../../src/adapters/engines/acp/profiles.ts';
import type { Permission, PermissionRequest, Turn, TurnSession } from '../../src/ports/index.ts';
import { bundleAgent } from './bundled-agent.ts';

/** Nobody decided it; and what somebody did, which stands. */
export const APPROVED: Permission = { decision: 'approved', reason: 'alice' };
export const YES: Permission = { ...APPROVED, still: async () => APPROVED };
export const NO: Permission = { decision: 'rejected', reason: 'not so' };

/** `known`: as an agent with a profile, which does through its runner what that offers. */
type Setup = Partial<Turn<AcpSpec>> & { signal?: AbortSignal; known?: true };
type Answer = (asked: PermissionRequest) => Permission | Promise<Permission>;
const KNOWN = { profile: 'kimi', model: 'm', endpoint: 'http://127.0.0.1:1/v1' } as const;
const LIMITS = {
  ...{ timeMs: 60_000, outputBytes: 1_000_000, memoryBytes: 4 * 1024 ** 3 },
  ...{ diskBytes: 1e9, diskEntries: 1e6 },
};

/** For one file of tests, each with a directory of its own. */
export const agentTurns = () => {
  const engine = createAcpEngine({
    graceMs: 300,
    timeouts: { start: 60_000, silence: 60_000, cancel: 300 },
  });
  const bundles = mkdtempSync(join(tmpdir(), 'entangle-agent-'));
  beforeAll(() => bundleAgent(join(bundles, 'agent.mjs')));
  afterAll(() => rmSync(bundles, { recursive: true, force: true }));
  let root = '';
  const at = (...names: string[]): string => join(root, ...names);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'entangle-acp-'));
    chmodSync(root, 0o711);
    for (const name of ['work', 'scratch']) mkdirSync(at(name), { mode: 0o700 });
    copyFileSync(join(bundles, 'agent.mjs'), at('work/agent.mjs'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  /** Does as the lines say. Each request of the agent and all that nobody saw before is asked about, in order. */
  const doing = async (
    lines: string[],
    answer: Answer = () => YES,
    { signal = new AbortController().signal, known, ...more }: Setup = {},
  ) => {
    const asked: PermissionRequest[] = [];
    let text = '';
    const session: TurnSession = {
      ask: async (request) => {
        asked.push(request);
        return answer(request);
      },
      directive: async () => '{}',
      trace: ({ bytes }) => {
        text += Buffer.from(bytes).toString('utf8');
      },
    };
    const command = ['node', at('work/agent.mjs')];
    const turn: Turn<AcpSpec> = {
      spec: { type: 'acp', auth: 'none', command, ...(known && KNOWN) },
      ...{ task: lines.join('\n'), attached: [], secrets: [], hidden: [], network: [] },
      ...{ scratch: at('scratch'), workspace: at('work'), sandbox: 'none', limits: LIMITS },
      ...more,
    };
    const end = await engine.run(turn, session, signal);
    return { end, asked, text: () => text };
  };
  return { at, doing };
};
