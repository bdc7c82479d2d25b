/** The tour: a federation on this machine carries one task from a person's words to an approved, published commit. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { probeSandbox } from '../adapters/engines/probe.ts';
import { systemFiles } from '../adapters/system/files.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { resolveHome } from '../cli/kit/settings.ts';
import { wireUser } from '../cli/wiring/user-session.ts';
import { EntangleError } from '../core/errors.ts';
import { SANDBOX_KINDS, type SandboxKind } from '../core/vocabulary.ts';
import { type ApprovalView, showApproval } from '../services/user/approval-view.ts';
import { decide } from '../services/user/approvals.ts';
import { ask } from '../services/user/ask.ts';
import { pickApproval } from '../services/user/pick.ts';
import type { User } from '../services/user/user.ts';
import { waitForSession } from '../services/user/wait.ts';
import { DEMO_ENGINE, DEMO_TASK, headOfDemo, makeDemoRepository, shellEngine } from './demo-repository.ts';
import { bringUp, type Federation } from './federation.ts';
import { commandEngine } from './graph-file.ts';
import { unlessInterrupted } from './interruption.ts';
import { type Step, stepTail, verifyLedgers } from './ledger-tail.ts';
import { ownHomesOf } from './own-homes.ts';
import { ownHostOf } from './own-host.ts';
import { processesOf } from './processes.ts';
import { requireEngine } from './up-engine.ts';

export type DemoOptions = {
  /** Keeps the homes below this directory. */
  keep: string | undefined;
  say: (text: string) => void;
  onStep: (step: Step) => void;
  /** Shows the change and asks; null: the demo's own User Node approves. */
  approve: ((view: ApprovalView) => Promise<boolean>) | null;
  signal: AbortSignal;
};
export type DemoResult = {
  federation: { host: string; runner: string; user: string; node: string };
  session: { id: string; state: string };
  approval: { id: string; decision: string; approver: string; subjectDigest: string };
  artifact: { repository: string; branch: string; commit: string };
  ledger: { events: number; verified: number };
  steps: Step[];
};
const POLL_MS = 100;
const WAIT_MS = 120_000;
const SYNC_MS = 2_000;
const SHOW_MS = 5_000;

export const runDemo = async (options: DemoOptions): Promise<DemoResult> => {
  const { home, processes, sandbox } = await prepareDemo(options);
  const steps: Step[] = [];
  const tail = stepTail(home);
  const follow = async () => {
    for (const step of await tail()) {
      steps.push(step);
      options.onStep(step);
    }
  };
  let following = true;
  let federation: Federation | undefined;
  const follower = (async () => {
    while (following) {
      await follow();
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  })();
  try {
    const remote = await makeDemoRepository(home);
    const wanted = {
      graph: 'demo',
      node: 'builder',
      user: 'you',
      remote,
      base: 'main',
      engine: commandEngine(shellEngine(DEMO_ENGINE)),
      sandbox,
      offers: sandbox === 'bwrap' ? SANDBOX_KINDS : (['none'] as const),
      capacity: 4,
    };
    const host = ownHostOf(home, options.signal);
    const local = { processes, homes: ownHomesOf(home), host, servesUser: true };
    federation = await bringUp(local, wanted, options.say);
    const story = await playTask({ home, remote, options });
    await federation.stop();
    following = false;
    await follower;
    await follow();
    // Followed ledger by ledger: a line can be seen after one of another process that was written later
    const inOrder = steps.toSorted((a, b) => a.ms - b.ms);
    const started = inOrder[0]?.ms ?? 0;
    const { runner, user, node } = federation;
    return {
      federation: { host: federation.host, runner, user, node },
      ...story,
      ledger: await verifyLedgers(home),
      steps: inOrder.map((step) => ({ ...step, ms: step.ms - started })),
    };
  } finally {
    following = false;
    await federation?.stop();
    await follower;
    if (options.keep === undefined) rmSync(home, { recursive: true, force: true });
    else options.say(`state kept in ${home}`);
  }
};

/** Homes of an earlier demo have other keys, another graph and another remote. */
const requireEmpty = (home: string): void => {
  const found = ['host', 'relay', 'runner', 'user', 'remote.git'].find((name) =>
    existsSync(join(home, name)),
  );
  if (found !== undefined)
    throw new EntangleError('conflict', `${home} already contains ${found}`, {
      hint: 'use another directory with --keep, or delete this one',
    });
};

const prepareDemo = async (options: DemoOptions) => {
  const home =
    options.keep === undefined ? mkdtempSync(join(tmpdir(), 'entangle-demo-')) : resolve(options.keep);
  requireEmpty(home);
  await requireEngine(null, home);
  await systemFiles.directory(home);
  const probe = await probeSandbox();
  const sandbox: SandboxKind = probe.available ? 'bwrap' : 'none';
  if (sandbox === 'none')
    options.say('bubblewrap is not available: the demo engine runs without isolation (sandbox: none)');
  return { home, processes: processesOf(home, options.signal), sandbox };
};

type Task = { home: string; remote: string; options: DemoOptions };

/** One task: asked for, shown, approved, and published as it was approved; by the person's own node, held open for all of it. */
const playTask = async (task: Task) => {
  const paths = resolveHome(task.home, {}, task.home);
  const opening = { passphraseFile: undefined, input: false, log: () => {}, syncMs: SYNC_MS };
  const user = await wireUser(paths, OWN_NAME, opening);
  try {
    return await unlessInterrupted(task.options.signal, () => played(user, task));
  } finally {
    await user.close();
  }
};

const played = async (user: User, { remote, options: { approve, signal, keep } }: Task) => {
  const { session } = await ask(user, 'builder', DEMO_TASK);
  const approvalId = await approvalOf(user, session, signal);
  const view = await showApproval(user, pickApproval(user.home, approvalId), SHOW_MS);
  if (view.operation !== 'source.publish') throw new EntangleError('invalid', 'the demo approves a commit');
  const yes = approve === null || (await approve(view));
  const decided = yes
    ? await decide(user, pickApproval(user.home, approvalId), 'approved', { shown: view.subjectDigest })
    : await decide(user, pickApproval(user.home, approvalId), 'rejected', { reason: 'rejected in the demo' });
  const ended = await waitForSession(user, session, { timeoutMs: WAIT_MS, signal }).catch(
    (error: unknown) => {
      throw !yes && keep === undefined ? afterNo(error) : error;
    },
  );
  const artifact = ended.artifacts[0];
  if (!artifact) throw new EntangleError('unavailable', 'the session completed, but nothing was published');
  const { repository, branch, commit } = artifact as { repository: string; branch: string; commit: string };
  if ((await headOfDemo(remote, branch)) !== view.commit || commit !== view.commit)
    throw new EntangleError('invalid', 'the remote does not have the approved commit');
  const { approval: id, decision, approver, subjectDigest } = decided;
  return {
    session: { id: session, state: ended.state },
    approval: { id, decision, approver, subjectDigest },
    artifact: { repository, branch, commit },
  };
};

/** The session names where the work is kept, and with the state of a demo that goes too. */
export const afterNo = (error: unknown): unknown =>
  error instanceof EntangleError && error.code === 'denied'
    ? new EntangleError('denied', 'you did not approve the change: it was not pushed, and is deleted', {
        hint: 'run it again: `entangle demo`, with --keep DIR to keep the state',
      })
    : error;

/** Waits until the session asks for approval; one that ends otherwise is the error of the wait. */
const approvalOf = async (user: User, session: string, signal: AbortSignal): Promise<string> => {
  const waited = await waitForSession(user, session, { timeoutMs: WAIT_MS, waitFor: 'approval', signal });
  const [approval] = waited.approvals;
  if (!approval) throw new EntangleError('denied', 'the session completed without asking for an approval');
  return approval.id;
};
