/** The one string that lets a newcomer in: who the Host is, where it listens, and a secret to prove the invite with. */
import * as z from 'zod';
import { fromBase64, fromUtf8, toBase64, utf8 } from './bytes.ts';
import { EntangleError } from './errors.ts';
import { parseStrict } from './strict-json.ts';

const PREFIX = 'entangle-invite1.';
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const inviteSchema = z.strictObject({
  host: hex(32),
  recovery: hex(32),
  relays: z.array(z.string().max(256)).min(1).max(8),
  graph: z.string().max(200),
  role: z.enum(['runner', 'user']),
  name: z.string().max(64),
  id: z.string().max(36),
  secret: hex(16),
  expiresAt: z.int(),
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
      hint: 'Paste the whole string that `entangle host invite` printed; it starts with entangle-invite1.',
    });
  };
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX) || trimmed.length > 4096) return refuse();
  try {
    const base = trimmed.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/');
    const json = fromUtf8(fromBase64(base.padEnd(Math.ceil(base.length / 4) * 4, '=')));
    const parsed = inviteSchema.safeParse(parseStrict(json));
    return parsed.success ? parsed.data : refuse();
  } catch {
    return refuse();
  }
};
