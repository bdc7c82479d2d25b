/** A line of a Host’s ledger as an auditor gets it: who signed what, in which words and with which code. */
import { fits } from '../encoding/grammar.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { typeOfEvent } from '../evidence/read.ts';
import { REASON } from '../grammars.ts';
import type { Line } from '../ledger/line.ts';
import { isSignedEventShape, type SignedEvent } from '../nostr/event.ts';
import { CONSENT_KIND, KIND, RECORD_KIND } from '../protocol/message.ts';
import type { Direction, Role } from '../vocabulary.ts';
import type { AuditNames } from './names.ts';
import { type AuditRow, auditRowOf } from './rows.ts';

type Signer = { pubkey: string; role: Role | null; name: string | null };
export type AuditRecord = {
  /** Number of the line in the ledger: they have no gaps, so a record that is missing shows. */
  cursor: string;
  at: string;
  direction: Direction;
  type: string;
  /** The type, and behind a dot what came of it. */
  code: string;
  message: string;
  event: string;
  signer: Signer;
  kind: number;
  created_at: number;
  /** Of the whole event, which names its type, body and signer (NIP-01). */
  sig: string;
  /** Of the ledger, over this line and all before it. */
  chain: string;
  session: string | null;
  fields: Readonly<Record<string, unknown>>;
  /** Signed events of others that it embeds; `claimed`: it tells of others and embeds none. */
  evidence: readonly { event: string; signer: Signer; type: string }[];
  claimed: boolean;
  /** Its content was taken out of the ledger. */
  pruned: boolean;
  /** Where all is wanted: the event as it was signed. */
  raw?: SignedEvent;
};

/** What a format is made from: the record, and how its type is told. */
export type AuditedLine = { record: AuditRecord; row: AuditRow; state: string | null };

const ROLE_OF: ReadonlyMap<number, Role> = new Map<number, Role>([
  ...Object.entries(KIND).map(([role, kind]) => [kind, role as Role] as const),
  [CONSENT_KIND, 'user'],
  // A record is the home’s own, and this is a Host’s
  [RECORD_KIND, 'host'],
]);

const bodyOf = (content: string): Readonly<Record<string, unknown>> => {
  try {
    const value = parseStrict(content);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

const word = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

export const auditedLine = (line: Line, names: AuditNames, isWhole: boolean): AuditedLine => {
  const { event } = line;
  const type = typeOfEvent(event);
  const row = auditRowOf(type);
  const body = bodyOf(event.content);
  const state = row.state === undefined ? null : word(body[row.state]);
  const named = row.about === undefined ? null : word(body[row.about]);
  // Of a key people know the name; the key itself is among the fields
  const about = named === null ? null : (names.nameOf(named) ?? named);
  const signerOf = ({ pubkey, kind }: SignedEvent): Signer => ({
    pubkey,
    role: ROLE_OF.get(kind) ?? null,
    name: names.nameOf(pubkey),
  });
  const embedded = Array.isArray(body.evidence) ? body.evidence.filter(isSignedEventShape) : [];
  const signer = signerOf(event);
  const record: AuditRecord = {
    ...{ cursor: `${line.n}`, at: line.at, direction: line.dir, type },
    code: state !== null && fits(REASON, state) ? `${type}.${state}` : type,
    message: [signer.name ?? signer.role ?? 'somebody', row.say, about, state].filter(Boolean).join(': '),
    ...{ event: event.id, signer, kind: event.kind, created_at: event.created_at, sig: event.sig },
    chain: line.chain,
    session: word(body.session),
    fields: Object.fromEntries(row.fields.flatMap((name) => (name in body ? [[name, body[name]]] : []))),
    evidence: embedded.map((one) => ({ event: one.id, signer: signerOf(one), type: typeOfEvent(one) })),
    claimed: signer.role === 'runner' && Array.isArray(body.evidence) && embedded.length === 0,
    pruned: event.content === '',
    ...(isWhole && row.isSealed !== true && { raw: event }),
  };
  return { record, row, state };
};
