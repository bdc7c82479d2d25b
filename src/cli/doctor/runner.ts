/** What a runner heard of its trust: without it nothing runs there, and only an operator can give it. */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RunnerTrust, SandboxKind } from '../../core/vocabulary.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { WHEN_LEFT } from '../wiring/leave-wish.ts';
import type { DoctorCheck, DoctorFinding } from './finding.ts';

type Runner = { directory: string; name: string; host: string; self: () => Promise<string> };

const NOT_TRUSTED: Record<Exclude<RunnerTrust, 'trusted'>, string> = {
  pending: 'is not trusted yet, as far as it has heard',
  rejected: 'was rejected by an operator',
  revoked: 'was revoked by an operator',
  left: 'has left its federation',
};

const nothingRuns = (state: keyof typeof NOT_TRUSTED): string => `${NOT_TRUSTED[state]}: nothing runs on it`;
/** Whose key is done is served no more. */
const GONE: readonly string[] = [nothingRuns('rejected'), nothingRuns('revoked'), nothingRuns('left')];
export const isGone = ({ check, words }: DoctorFinding): boolean => check === 'trust' && GONE.includes(words);

export const NO_FENCE = 'none: turns run without isolation';
export const fenceCheck = (kinds: readonly SandboxKind[]): DoctorCheck => ({
  name: 'sandbox',
  wrong: 'warning',
  look: async () => (kinds.every((kind) => kind === 'none') ? NO_FENCE : kinds.join(', ')),
});

export const trustCheck = ({ directory, name, host, self: read }: Runner): DoctorCheck => ({
  name: 'trust',
  wrong: 'warning',
  look: async () => {
    const self = await read();
    const state = (await foldedTables(directory)).get('trust', self)?.state ?? 'pending';
    if (state === 'trusted') return 'trusted by the Host';
    const words = fingerprint(suiteWasm, 'runner', host, self);
    throw new EntangleError('unavailable', nothingRuns(state), {
      hint:
        state === 'pending'
          ? `ask an operator to compare its words, ${words}, and to run \`entangle host runner trust ${name}\``
          : WHEN_LEFT,
    });
  },
});
