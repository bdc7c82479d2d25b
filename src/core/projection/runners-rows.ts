/** Tables of what is known of runners: who came with an invite, who is trusted, and who was heard. */
import type { Liveness, RunnerTrust } from '../vocabulary.ts';
import { int, json, type Schema, text, word } from './tables.ts';

export const RUNNERS_ROWS = {
  /** Which key came with which invite, and by which hello. */
  used_invites: {
    columns: { id: text, pubkey: text, message: text },
    key: ['id', 'pubkey'],
    index: [['pubkey']],
  },
  /** Trust in runners, as the Host said it, and whether they left since. */
  trust: {
    columns: { pubkey: text, name: text, state: word<RunnerTrust>(), epoch: int, seq: int },
    key: ['pubkey'],
    index: [['name']],
  },
  /** Whether runners were heard, as the Host wrote it down last, by its own number. */
  runner_liveness: {
    columns: {
      runner: text,
      n: int,
      state: word<Liveness>(),
      /** The newest changes, as many as are recorded an hour: number and time in seconds, newest first. */
      recorded: json<[n: number, at: number][]>(),
    },
    key: ['runner'],
  },
  /** Runners that left. */
  goodbyes: { columns: { pubkey: text }, key: ['pubkey'] },
} as const satisfies Schema;
