/** Keys of a Host and what its log signed, as the Host API shows them. */
import * as z from 'zod';
import { once } from '../encoding/once.ts';
import { count, hex, list, text } from '../encoding/schema.ts';

const time = text(32).describe('RFC 3339, UTC');
const npubText = text(80);
/** `sha256:` and 64 hex characters. */
const digestText = text(71);

export const checkpointView = once(() =>
  z.object({
    size: count.describe('lines that it is of'),
    root: hex(32).describe('of the RFC 6962 tree over them'),
    log: hex(32).describe('Ed25519 key of the log'),
    event: hex(32).describe('the id of the record that the Host signed of it'),
    note: list(text(400), 6).describe('the lines of a signed note (c2sp.org/tlog-checkpoint): keep them'),
  }),
);
export type CheckpointView = z.infer<ReturnType<typeof checkpointView>>;

export const authorityView = once(() =>
  z.object({
    host: npubText.describe('the key by which this Host is named: its first one'),
    signs: npubText.describe('the key that signs for it'),
    graph: text(200),
    since: time.describe('when it first served under this key'),
    epoch: count,
    epochSince: time.describe('when this epoch was claimed'),
    log: hex(32).describe('Ed25519 key by which it states things for others'),
    recovery: digestText.describe(
      'of the public key of the recovery key, which every member pins when it joins',
    ),
  }),
);
export type AuthorityView = z.infer<ReturnType<typeof authorityView>>;
