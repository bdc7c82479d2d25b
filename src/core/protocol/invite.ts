/** The one string that lets a newcomer in: who the Host is, where it listens, and a secret to prove the invite with. */
import * as z from 'zod';
import { chain } from '../authority/chain.ts';
import { fromBase64, fromUtf8, toBase64, utf8 } from '../encoding/bytes.ts';
import { readShape } from '../encoding/read-shape.ts';
import { graphId, hex, name, relayUrls, unixSeconds, uuid } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { EntangleError } from '../errors.ts';
import { MEMBER_ROLES } from '../vocabulary.ts';

/** With as many statements as there may be. */
const MAX_INVITE = 32_768;
const PREFIX = 'entangle-invite1.';
const inviteSchema = z.strictObject({
  host: hex(32),
  recovery: hex(32),
  relays: relayUrls.min(1),
  graph: graphId,
  role: z.enum(MEMBER_ROLES),
  name,
  id: uuid,
  secret: hex(16),
  expiresAt: unixSeconds,
  /** The only one that can use it. */
  key: hex(32).optional(),
  /** Which key signs for the Host by now, where that is not the one that names it. */
  chain: chain().optional(),
});
export type Invite = z.infer<typeof inviteSchema>;

export const writeInvite = (invite: Invite): string =>
  PREFIX +
  toBase64(utf8(JSON.stringify(invite)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

export const readInvite = (text: string): Invite => {
  const refuse = (): never => {
    throw new EntangleError('invalid', 'this is not an invite', {
      hint: 'use the whole string printed by `entangle host invite`; it starts with entangle-invite1.',
    });
  };
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX) || trimmed.length > MAX_INVITE) return refuse();
  try {
    const base = trimmed.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/');
    const json = fromUtf8(fromBase64(base.padEnd(Math.ceil(base.length / 4) * 4, '=')));
    const parsed = readShape(inviteSchema, parseStrict(json));
    return parsed.success ? parsed.data : refuse();
  } catch {
    return refuse();
  }
};
