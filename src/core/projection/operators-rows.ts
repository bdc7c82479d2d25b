/** Who may call the Host API. Revoked ones stay, so that no name, no token and no key comes back; times in Unix seconds. */
import type { Claims, IssuerKeys } from '../host-api/identity.ts';
import type { OperatorRole } from '../vocabulary.ts';
import { int, json, nullable, text, word } from './tables.ts';

export const OPERATORS_ROWS = {
  /** Those who have a token; `line` orders them. */
  operators: {
    columns: { name: text, role: word<OperatorRole>(), sha256: text, expires: nullable(int), line: int },
    key: ['name'],
    arrival: ['line'],
  },
  /** Those of whom an issuer tells; `keys` where they were given with the binding. */
  operator_bindings: {
    columns: {
      name: text,
      role: word<OperatorRole>(),
      issuer: text,
      audience: text,
      claims: json<Claims>(),
      keys: nullable(json<IssuerKeys>()),
      line: int,
    },
    key: ['name'],
    arrival: ['line'],
  },
  /** Those who sign each request with a key of their own (NIP-98). */
  operator_keys: {
    columns: { name: text, role: word<OperatorRole>(), pubkey: text, expires: nullable(int), line: int },
    key: ['name'],
    index: [['pubkey']],
    arrival: ['line'],
  },
  /** What they were given for an identity token; `identity`, a digest of that token's issuer and jti, is used by it. */
  issued_tokens: {
    columns: { sha256: text, operator: text, subject: text, identity: text, expires: int },
    key: ['sha256'],
    index: [['identity']],
  },
  operator_revocations: { columns: { name: text, at: int }, key: ['name'] },
} as const;
