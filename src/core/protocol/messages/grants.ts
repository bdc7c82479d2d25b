/** Messages by which a person answers repeats of one exact request before they are asked. */
import * as z from 'zod';
import { MAX_GRANT } from '../../bounds.ts';
import { digest, unixSeconds, uuid } from '../../encoding/schema.ts';
import { GRANT_REACHES } from '../../vocabulary.ts';
import { grantSentence, revokeSentence } from '../consent.ts';
import { approvalSubject } from './a2a.ts';
import { row } from './row.ts';

const consent = { signers: ['user'] as const, to: ['node'] as const, sends: ['approves.a'] as const };

export const grantRows = {
  grant: row({
    ...consent,
    answers: ['approval.request'],
    body: () => ({
      grant: uuid,
      approval: uuid,
      /** Of the request that was shown: what is granted is derived from it. */
      subject: approvalSubject(),
      subjectDigest: digest,
      reach: z.enum(GRANT_REACHES),
      /** Of what is granted: the request without what is its own alone. */
      scope: digest,
      uses: z.int().min(1).max(MAX_GRANT.uses),
      expiresAt: unixSeconds,
    }),
    consent: grantSentence,
    doc: 'A person’s approval of a request and of its exact repeats, so many times and until then; it counts as one person’s when it is used.',
  }),
  'grant.revoke': row({
    ...consent,
    follows: ['grant'],
    body: () => ({ grant: uuid }),
    consent: revokeSentence,
    doc: 'Ends a grant of the person at once; what it answered before stands.',
  }),
};
