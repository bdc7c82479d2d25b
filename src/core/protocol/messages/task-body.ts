/** What gives a node work, and the texts and files that go with it. */
import * as z from 'zod';
import { MAX_ATTACHED, MAX_BLOB_BYTES, MAX_PATH, MAX_TEXT_BYTES, MAX_TURNS } from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import { digest, list, name, text, uuid } from '../../encoding/schema.ts';

/** Rides in the signed body of delegations; each hop counts it down and adds itself to the path. */
export const budget = once(() =>
  z.strictObject({
    hops: z.int().min(0).max(16),
    turns: z.int().min(1).max(MAX_TURNS),
    path: list(name, MAX_PATH),
  }),
);

/** The whole of a text of which the message has the beginning; its bytes go as a blob to whom the message is for. */
export const textBlob = once(() =>
  z.strictObject({ sha256: digest, size: z.int().min(1).max(MAX_TEXT_BYTES) }),
);
export type TextBlob = z.infer<ReturnType<typeof textBlob>>;

export const attachedFile = once(() =>
  z.strictObject({
    name: text(MAX_ATTACHED.name),
    size: z.int().min(0).max(MAX_ATTACHED.bytes),
    /** Of all of it; it travels as blobs of 1 MiB, and a last one of the rest. */
    sha256: digest,
    blobs: list(digest, MAX_ATTACHED.bytes / MAX_BLOB_BYTES),
  }),
);
export type AttachedFile = z.infer<ReturnType<typeof attachedFile>>;
export const attached = once(() => list(attachedFile(), MAX_ATTACHED.files).optional());

/** Of whatever gives an agent work. */
export const task = once(() => ({
  session: uuid,
  attempt: z.int().min(1).max(1000),
  task: text(6000),
  whole: textBlob().optional(),
  attached: attached(),
  budget: budget(),
}));
