/** Tables of the secrets that a Host keeps, and of who asked for one. No value is in any of them. */
import type { PublishSubject } from '../protocol/messages/publish-subject.ts';
import type { SecretDenial } from '../vocabulary.ts';
import { flag, int, json, nullable, text, word } from './tables.ts';

export const SECRETS_ROWS = {
  /** The last word about each name; its `blob` is the value, sealed, and none where it was removed. */
  secrets: {
    columns: { name: text, n: int, version: text, blob: nullable(text), by: text, at: int },
    key: ['name'],
  },
  /** Each value that a name had; `version` is what a grant says, `n` what people count. */
  secret_versions: {
    columns: { name: text, version: text, n: int, by: text, at: int },
    key: ['name', 'version'],
  },
  /** Who was given which value, and when it was last. */
  secret_grants: {
    columns: { name: text, version: text, runner: text, at: int },
    key: ['name', 'version', 'runner'],
    index: [['runner']],
  },
  /** Blobs of values that were replaced or removed, and are to go. */
  secret_remains: { columns: { blob: text }, key: ['blob'] },
  /** By the id of the request; `key` is the one-time key that the value is sealed for. */
  secret_requests: {
    columns: {
      id: text,
      runner: text,
      assignment: text,
      fence: int,
      name: text,
      key: text,
      /** Whether it is the name of a git principal. */
      principal: flag,
      /** What is to be pushed with it. */
      publish: nullable(json<PublishSubject>()),
      /** The message that answers it, and why it is no value. */
      answer: nullable(text),
      reason: nullable(word<SecretDenial>()),
      open: flag,
    },
    key: ['id'],
    index: [['open'], ['name']],
  },
} as const;
