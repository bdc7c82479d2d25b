/** Makes the read models of a home that nobody serves anew, from a ledger whose every line is right. */
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { lastSegment } from '../../adapters/ledger/read.ts';
import { readAfter } from '../../adapters/ledger/tail.ts';
import { verifyLedger } from '../../adapters/ledger/verify.ts';
import { openProjection, PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../core/projection/rows.ts';
import { pairs } from '../kit/render.ts';
import { foldProgress } from './fold-progress.ts';
import { historyOf } from './history.ts';
import { readConfig } from './home-config.ts';
import { missingHome } from './missing-home.ts';

/** `before`: digest of what was there, brought up to the same line; null where it was not to be used, and why. */
export type RebuiltProjection = {
  lines: number;
  digest: string;
  before: string | null;
  discarded: string | null;
};
type Opened = Awaited<ReturnType<typeof open>>;

const open = (directory: string, { isAlone, discard }: { isAlone: boolean; discard?: string }) =>
  openProjection({
    file: join(directory, PROJECTION_FILE),
    ...{ schema: ROWS, schemaVersion: SCHEMA_VERSION, sha256: suiteWasm.sha256 },
    ...(discard !== undefined && { discard }),
    history: { ...historyOf(directory), isAlone },
  });
const fold = (into: Opened, line: Line): void =>
  into.fold(line.n, () => foldLine(into.tables, line, suiteWasm.sha256));

/** Throws `invalid` at a line that is not as it was written: then what was there stays. */
export const rebuildProjection = async (
  directory: string,
  hint: string,
  progress: (text: string) => void,
): Promise<RebuiltProjection> => {
  if ((await readConfig(directory)) === undefined) throw missingHome(directory, hint);
  const ledger = join(directory, 'ledger');
  if ((await lastSegment(ledger)) === 0)
    throw new EntangleError('not_found', `${directory} has no ledger yet: there is nothing to make anew`, {
      hint: 'start what serves it first: it writes the first line',
    });
  const lock = await acquireLock(join(ledger, 'lock'), 'entangle host projection rebuild');
  try {
    const verified = foldProgress((_level, text) => progress(text), systemClock);
    await verifyLedger(ledger, suiteWasm, { verified });
    const old = await present(directory);
    const anew = await open(directory, { isAlone: true, discard: 'it is made anew' });
    try {
      const { n } = await anew.inBulk(() =>
        verifyLedger(ledger, suiteWasm, { verified, look: (line) => fold(anew, line) }),
      );
      await anew.save();
      return { lines: n, digest: `sha256:${anew.digest()}`, ...old };
    } finally {
      anew.close();
    }
  } finally {
    await lock.release();
  }
};

const present = async (directory: string): Promise<Pick<RebuiltProjection, 'before' | 'discarded'>> => {
  const there = await open(directory, { isAlone: false });
  try {
    const { folded, discarded } = there;
    if (folded === 0) return { before: null, discarded: discarded ?? 'there was none' };
    for (const line of await readAfter(join(directory, 'ledger'), folded)) fold(there, line);
    return { before: `sha256:${there.digest()}`, discarded: null };
  } finally {
    there.close();
  }
};

export const rebuiltText = ({ lines, digest, before, discarded }: RebuiltProjection): string =>
  pairs([
    ['lines', `${lines}, all right; their read models are made anew`],
    ['digest', digest],
    [
      'before',
      before === digest ? 'the same' : before === null ? `none: ${discarded}` : `another: ${before}`,
    ],
  ]);
