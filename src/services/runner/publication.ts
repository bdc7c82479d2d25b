/** What a runner shows the Host to be given what its principal withholds: the subject that people approved, and their approvals. */
import { EntangleError } from '../../core/errors.ts';
import { publishOf } from '../../core/protocol/subject.ts';
import type { PrincipalCredential } from '../../core/source/principal.ts';
import type { Repository } from '../../ports/index.ts';
import { approvalsOf } from './evidence.ts';
import { subjectPut } from './grants.ts';
import type { Runner } from './runner.ts';
import { askForPrincipal, type Publication } from './secrets.ts';

/** Nothing was pushed: the remote was not asked, and what reads is never tried in place of what pushes. */
export class NotGranted extends EntangleError {}

/** Null where nobody was asked about that commit. */
const publicationOf = async (
  runner: Runner,
  session: string,
  commit: string,
): Promise<Publication | null> => {
  const { tables } = runner.home;
  const turn = tables.list('turns', { session }).findLast((one) => one.commit_id === commit);
  const approval = turn && tables.get('approvals', turn.approval);
  const subject = approval && publishOf(await subjectPut(runner, approval));
  return subject ? { subject, evidence: await approvalsOf(runner, approval, { subject }) } : null;
};

/** What pushes that commit; asked for each call, and held for none after it. */
export const withheldPusher = async (
  runner: Runner,
  { session, principal }: NonNullable<Repository['asks']>,
  commit: string,
): Promise<PrincipalCredential> => {
  const publication = await publicationOf(runner, session, commit);
  if (publication === null)
    throw new NotGranted(
      'denied',
      `what pushes as git principal "${principal}" is withheld until people approve, and the graph has nobody do so`,
      { hint: 'add a policy of who approves source.publish to its node' },
    );
  return askForPrincipal(runner, session, principal, publication).catch((error: unknown) => {
    if (!(error instanceof EntangleError) || error.code === 'unavailable') throw error;
    const { code, message, hint } = error;
    throw new NotGranted(code, message, { cause: error, ...(hint !== undefined && { hint }) });
  });
};
