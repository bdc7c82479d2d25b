/**
 * What anybody can check of a commit that people approved: asked of the Host when it was pushed, and put beside it on the
 * remote when the Host has answered, and once more with the proof that this is in the Host’s log. Nothing waits for it: where the Host is away, that comes later.
 */
import { EntangleError, withHint } from '../../core/errors.ts';
import { signaturesIn, typeOfEvent, writeAttested } from '../../core/evidence/read.ts';
import { mergeRotations } from '../../core/evidence/retired.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { fittingEvidence } from '../../core/protocol/size.ts';
import { publishOf } from '../../core/protocol/subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { EVIDENCE_TO_ATTACH, type EvidenceEnd, type EvidenceLevel } from '../../core/vocabulary.ts';
import { nowSeconds } from '../messaging/home.ts';
import { bodyIn, readBody, readEvent } from '../messaging/read-event.ts';
import { record } from '../messaging/rejections.ts';
import { subjectPut } from './grants.ts';
import { forRequester } from './kept-work.ts';
import { type Runner, specOfSession } from './runner.ts';
import type { CommittedTurn } from './turn.ts';
import { repositoryOf } from './workspace.ts';

type Session = RowOf<'sessions'>;
type Asked = RowOf<'evidence_requests'>;

/** The question to the Host, together with the word that the commit is published; none where nobody had to approve it. */
export const evidenceDrafts = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
): Promise<Draft[]> => {
  const { home, git } = runner;
  const approval = home.tables.get('approvals', turn.approval);
  const spec = (await specOfSession(runner, session))?.spec;
  const repository = spec && repositoryOf(runner, spec, session);
  if (!approval || !repository || evidenceOf(spec) === 'none') return [];
  const subject = publishOf(await subjectPut(runner, approval));
  if (!subject) return [];
  try {
    const tree = await git.treeOf(repository, turn.commit_id);
    const said = { session: session.id, approval: approval.id, tree, subject };
    const evidence = await approvalsOf(runner, approval, said);
    return [
      {
        type: 'evidence.request',
        from: home.self.pubkey,
        to: home.host,
        body: { ...said, evidence },
        dedup: `evidence:${approval.id}`,
      },
    ];
  } catch (error) {
    if (!(error instanceof EntangleError)) throw error;
    home.log('warning', `no evidence is asked of commit ${turn.commit_id}: ${error.message}`);
    return [];
  }
};

/** As people signed them, as many as fit beside the rest of a body. */
export const approvalsOf = async (
  { home }: Runner,
  { id }: Pick<RowOf<'approvals'>, 'id'>,
  rest: object,
): Promise<BodyOf<'evidence.request'>['evidence']> => {
  const decided = home.tables.list('decisions', { approval: id });
  const events = await Promise.all(decided.map(({ message }) => readEvent(home, message)));
  return fittingEvidence(rest, events, 8) as never;
};

export const evidenceOf = ({
  workspace,
}: {
  readonly workspace?: { readonly evidence?: EvidenceLevel };
}): EvidenceLevel => workspace?.evidence ?? 'digests';

/** One at a time, beside all else: another runner may push there too, and nothing here waits for that. */
export const attachEvidence = (runner: Runner): void => {
  const { home, attaching, retries } = runner;
  const open = EVIDENCE_TO_ATTACH.flatMap((state) => home.tables.list('evidence_requests', { state }));
  for (const asked of open) {
    const session = home.tables.get('sessions', asked.session);
    const key = `evidence ${asked.id}`;
    if (attaching.size > 0) return;
    if (!session || !home.leases.isLive(session.node) || retries.isWaiting(key)) continue;
    const work = (): Promise<void> =>
      attach(runner, session, asked).then(
        () => retries.clear(key),
        (error: unknown) => {
          retries.failed(key);
          home.log(
            'warning',
            `evidence of ${asked.commit_id}: ${error instanceof Error ? error.message : error}`,
          );
        },
      );
    void attaching.run(key, work).then(() => runner.poke());
  }
};

const attach = async (runner: Runner, session: Session, asked: Asked): Promise<void> => {
  const { home } = runner;
  const state = await pushed(runner, session, asked).catch((error: unknown): EvidenceEnd => {
    if (!(error instanceof EntangleError) || error.code === 'unavailable') throw error;
    const why = forRequester(runner, withHint(error));
    home.log(
      'warning',
      `the remote takes no evidence of commit ${asked.commit_id}, which is published: ${why}`,
    );
    return 'refused';
  });
  await record(home, 'evidence.finished', { request: asked.id, state });
};

const pushed = async (runner: Runner, session: Session, asked: Asked): Promise<EvidenceEnd> => {
  const { home, git } = runner;
  const spec = (await specOfSession(runner, session))?.spec;
  const repository = spec && repositoryOf(runner, spec, session);
  const host = await readEvent(home, asked.statement);
  const { statement, rotations = [] } = host ? bodyIn<BodyOf<'evidence.statement'>>(host) : {};
  if (!repository || !host || !statement) return 'refused';
  const logged = asked.proof === null ? null : await readBody<BodyOf<'evidence.logged'>>(home, asked.proof);
  const events = [host, ...(await eventsOf(runner, session, asked))];
  const shown = evidenceOf(spec) === 'full' ? events : events.filter(isWordless);
  const approvals = events.filter((event) => typeOfEvent(event) === 'approval.response');
  const files = writeAttested(
    statement,
    shown,
    signaturesIn(home.suite, statement, approvals),
    logged?.proof,
  );
  const told = rotations.map((event) => `${JSON.stringify(event)}\n`).join('');
  const keys = {
    host: home.host,
    over: (there: string) => mergeRotations(home.suite, home.host, there, told),
  };
  const at = nowSeconds(home);
  await git.attest(repository, { commit: asked.commit_id, files, at, ...(told !== '' && { keys }) });
  return logged ? 'logged' : 'attached';
};

/** In the order of the work: what was asked, put to people, decided, and what came of it. */
const eventsOf = async (
  { home }: Runner,
  { id, request }: Session,
  { approval }: Asked,
): Promise<SignedEvent[]> => {
  const { tables } = home;
  const ofSession = (type: 'approval.request' | 'approval.closed' | 'artifact.ref') =>
    tables.list('messages', { type, session: id, dir: 'out' }, { order: 'line' }).map((row) => row.id);
  const decided = tables.list('decisions', { approval }).map(({ message }) => message);
  const all = [
    ...[request, ...ofSession('approval.request'), ...decided],
    ...[...ofSession('approval.closed'), ...ofSession('artifact.ref')],
  ];
  const events = await Promise.all(all.map((message) => readEvent(home, message)));
  return events.filter((event) => event !== undefined).filter((event) => isAbout(event, approval));
};

const isAbout = (event: SignedEvent, approval: string): boolean => {
  const body = bodyIn<{ approval?: unknown; state?: unknown }>(event);
  return body.approval === undefined || body.approval === approval;
};

/** Fields in which somebody's words stand, by the types that may be shown without them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'evidence.statement': [],
  'approval.response': ['reason', 'whole'],
  'approval.closed': [],
  'artifact.ref': ['why', 'kept'],
};

/** Whether nothing that a person or an agent wrote stands in it. */
export const isWordless = (event: SignedEvent): boolean => {
  const fields = WORDS[typeOfEvent(event)];
  const body = bodyIn<Record<string, unknown>>(event);
  return fields?.every((field) => body[field] === undefined) ?? false;
};
