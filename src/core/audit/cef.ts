/** A record in the Common Event Format: a header of seven fields, then keys and values. */
import { safeJson, sanitize } from '../encoding/sanitize.ts';
import { parseIsoTime } from '../encoding/time.ts';
import { AUDIT_SEVERITIES } from './classes.ts';
import type { AuditedLine } from './record.ts';
import type { AuditSource } from './source.ts';

/** What is unsafe is a visible escape first; then the characters that the format itself reads. */
const header = (text: string): string => sanitize(text).replace(/[\\|]/g, '\\$&');
const value = (text: string): string => sanitize(text).replace(/[\\=]/g, '\\$&');

export const cefOf = ({ record, row, state }: AuditedLine, { graph, version }: AuditSource): string => {
  const { cursor, at, code, message, event, sig, chain, session, signer, fields } = record;
  const labelled = (n: number, label: string, text: string | null): string[] =>
    text === null ? [] : [`cs${n}Label=${label}`, `cs${n}=${value(text)}`];
  const severity = AUDIT_SEVERITIES[row.severity ?? 'informational'].cef;
  const head = ['CEF:0', 'entangle', 'entangle', header(version), header(code), header(row.say), severity];
  const pairs = [
    `rt=${parseIsoTime(at)}`,
    `externalId=${cursor}`,
    `deviceExternalId=${value(graph)}`,
    `act=${value(record.type)}`,
    `suid=${signer.pubkey}`,
    ...(signer.name === null ? [] : [`suser=${value(signer.name)}`]),
    ...(state === null ? [] : [`outcome=${value(state)}`]),
    `msg=${value(message)}`,
    ...labelled(1, 'event', event),
    ...labelled(2, 'signature', sig),
    ...labelled(3, 'chain', chain),
    ...labelled(4, 'session', session),
    ...labelled(5, 'fields', safeJson(fields)),
  ];
  return `${head.join('|')}|${pairs.join(' ')}`;
};
