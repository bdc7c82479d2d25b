/** The whole check of a home's ledger, beside the process that serves it. */
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { verifyLedger } from '../../adapters/ledger/verify.ts';
import { EntangleError } from '../../core/errors.ts';
import { counted, pairs } from '../kit/render.ts';
import { readConfig } from './home-config.ts';

export type LedgerCheck = { lines: number; segments: number; chain: string; torn: boolean };

/** Throws `invalid`, with file and byte, at the first line that is not as it was written. */
export const checkLedger = async (directory: string, hint: string): Promise<LedgerCheck> => {
  if ((await readConfig(directory)) === undefined)
    throw new EntangleError('not_found', `no entangle home in ${directory}`, { hint });
  const { n, chain, segments, torn } = await verifyLedger(join(directory, 'ledger'), suiteWasm);
  return { lines: n, segments, chain: `sha256:${chain}`, torn };
};

export const ledgerCheckText = ({ lines, segments, chain, torn }: LedgerCheck): string =>
  pairs([
    ['lines', `${lines} in ${counted(segments, 'segment')}: chain, ids and signatures are right`],
    ['chain', chain],
    ...(torn
      ? [['end', 'a last line is incomplete: it is being written, or a crash left it'] as [string, string]]
      : []),
  ]);
