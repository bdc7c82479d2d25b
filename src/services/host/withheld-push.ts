/**
 * What a principal withholds is granted for a publication that people approved, and as that alone. What pushes there
 * opens for as long as it is good where it was issued: a grant says which version that was, and no later one goes with it.
 */
import { canonicalize } from '../../core/encoding/canonical.ts';
import { landingBranch } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { HEADS } from '../../core/source/remote.ts';
import { branchNameOf } from '../../core/source/workspace-names.ts';
import type { PublishDenial } from '../../core/vocabulary.ts';
import { nowSeconds } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { approvedBy } from './approved.ts';
import type { Host } from './host.ts';

type Asked = RowOf<'secret_requests'>;
/** A policy of before is not what the graph asks now: a statement may look back, a push may not. */
const ACTIVE_REVISION = 1;

/** Why what pushes is not granted for this publication; null where it is. `pushes`: the secret, and its present version. */
export const pushDenial = async (
  host: Host,
  asked: Asked,
  pushes: { name: string; version: string },
): Promise<PublishDenial | null> => {
  const request = await readBody<BodyOf<'secret.request'>>(host.home, asked.id);
  if (!request?.publish) return 'wrong_subject';
  const { subject } = request.publish;
  const before = await grantedBefore(host, asked, subject, pushes);
  if (before !== null) return before === 'same' ? null : before;
  const { node = '' } = host.home.tables.get('assignments', asked.assignment) ?? {};
  if (!isOfNode(host, { node, fence: asked.fence }, subject)) return 'wrong_subject';
  if (isOver(host, subject)) return 'approval_over';
  const approved = await approvedBy(host, node, request.publish, ACTIVE_REVISION);
  if (typeof approved === 'string') return approved;
  // Who hides who launched it could have them approve their own
  return approved.terms.four_eyes && !approved.isLauncherShown ? 'requester_unknown' : null;
};

/**
 * The runner that had it has it: it is granted once more as it was, for a push that a kill cut off, or for the evidence
 * beside it. A newer version, another runner and another subject take an approval of their own.
 */
const grantedBefore = async (
  { home }: Host,
  { id, name, runner }: Asked,
  subject: PublishSubject,
  pushes: { name: string; version: string },
): Promise<'same' | 'already_granted' | null> => {
  const granted = home.tables
    .list('secret_requests', { name })
    .filter((row) => row.publish?.approval === subject.approval && row.id !== id)
    .filter(({ answer, reason }) => answer !== null && reason === null);
  if (granted.length === 0) return null;
  for (const row of granted) {
    const said = await readBody<BodyOf<'secret.grant'>>(home, row.answer ?? '');
    const holds = said?.holds?.some((one) => one.name === pushes.name && one.version === pushes.version);
    if (holds && row.runner === runner && canonicalize(row.publish) === canonicalize(subject)) return 'same';
  }
  return 'already_granted';
};

/** Too late, or said to have ended otherwise: decisions of before do not revive it. */
const isOver = ({ home }: Host, { approval, expiresAt }: PublishSubject): boolean => {
  const { state = 'pending' } = home.tables.get('approvals', approval) ?? {};
  return expiresAt <= nowSeconds(home) || (state !== 'pending' && state !== 'approved');
};

/** Of the session, fence, repository and branch that this assignment writes. */
const isOfNode = (
  { home, graph }: Host,
  { node, fence }: { node: string; fence: number },
  subject: PublishSubject,
): boolean => {
  const spec = graph?.nodes.get(node);
  if (spec?.kind !== 'agent' || !spec.workspace) return false;
  const branch =
    landingBranch(spec) ?? branchNameOf(spec.workspace.branch, { node, session: subject.session });
  return (
    subject.graph === home.graph &&
    home.tables.get('sessions', subject.session)?.node === node &&
    subject.fence === fence &&
    subject.remote === spec.workspace.repository &&
    subject.ref === `${HEADS}${branch}`
  );
};
