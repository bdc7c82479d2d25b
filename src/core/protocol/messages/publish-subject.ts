/** What an approval binds to, and what that of a commit does. */
import * as z from 'zod';
import { MAX_REPOSITORY } from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import { commitId, count, digest, graphId, text, unixSeconds, uuid } from '../../encoding/schema.ts';

/** What an approval of anything binds to (docs/design.md §6): which policy asks for it, of whom, and until when. */
export const subjectMembers = once(() => ({
  domain: z.literal('entangle/subject/1'),
  graph: graphId,
  policy: digest,
  approval: uuid,
  session: uuid,
  attempt: count,
  fence: count,
  expiresAt: unixSeconds,
}));

export const publishSubject = once(() =>
  z.strictObject({
    ...subjectMembers(),
    operation: z.literal('source.publish'),
    remote: text(MAX_REPOSITORY),
    ref: text(200),
    expectedHead: commitId.nullable(),
    commit: commitId,
    changes: digest,
    /** Of the document that is shown (`core/source/change-document.ts`). */
    hunks: digest,
  }),
);
export type PublishSubject = z.infer<ReturnType<typeof publishSubject>>;
