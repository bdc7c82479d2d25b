/** A bundle of lines of this Host’s ledger, for who has neither the ledger nor the Host. */

import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../adapters/ledger/read.ts';
import { createWhole } from '../../adapters/system/files.ts';
import { headOfCheckpoint, isRotation } from '../../core/audit/bundle.ts';
import { createProver, type LedgerHead } from '../../core/audit/prove.ts';
import { isHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { typeOfEvent } from '../../core/evidence/read.ts';
import { hostConfig } from '../../services/setup/config.ts';
import { newFile } from '../kit/new-file.ts';
import { counted, pairs } from '../kit/render.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { NO_HOST } from '../wiring/missing-home.ts';

export const proveFlags = {
  output: Flags.string({
    char: 'o',
    description: 'file to create; none is written over',
    env: 'ENTANGLE_OUTPUT',
    helpValue: 'FILE',
    required: true,
  }),
};

export type ProvedLines = { lines: number[]; size: number; checkpoint: string; file: string };
type Wanted = { ids: readonly string[]; output: string };

const CURSOR = /^[1-9]\d{0,15}$/;
const requireIds = (ids: readonly string[]): void => {
  const bad = ids.find((id) => !isHex(id, 32) && !CURSOR.test(id));
  if (bad === undefined) return;
  throw new EntangleError('usage', `no record: ${JSON.stringify(bad)}`, {
    hint: 'use the cursor or the event id of a record, as `entangle host audit export` gives them',
  });
};

/** Where the records stand, and the newest head that was signed. */
const look = async (directory: string, ids: readonly string[]) => {
  const wanted = new Set(ids);
  const found = new Map<string, number>();
  const rotated: number[] = [];
  let head: LedgerHead | null = null;
  for await (const line of readLedger(directory, 1)) {
    for (const id of [`${line.n}`, line.event.id]) if (wanted.has(id)) found.set(id, line.n);
    if (line.dir === 'local' && isRotation(line.event)) rotated.push(line.n);
    const signed =
      line.dir === 'local' && typeOfEvent(line.event) === 'checkpoint' && headOfCheckpoint(line.event);
    if (signed) head = { size: signed.size, event: line.event };
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0)
    throw new EntangleError('not_found', `no record ${missing.join(', ')} in this ledger`, {
      hint: 'see its records with `entangle host audit export`',
    });
  const numbers = [...new Set(found.values())].sort((a, b) => a - b);
  // Whoever has the bundle sees by which records the key of its head came to sign
  const size = head?.size ?? 0;
  const shown = [...new Set([...numbers, ...rotated.filter((n) => n <= size)])].sort((a, b) => a - b);
  return { numbers, shown, head };
};

const NO_HEAD =
  'start the Host with `entangle host serve`, or wait: it signs a checkpoint within ten minutes';

/** `sign` asks the Host for a checkpoint of what came since the last one. */
export const proveAudit = async (
  directory: string,
  { ids, output }: Wanted,
  sign: () => Promise<unknown>,
): Promise<ProvedLines> => {
  requireIds(ids);
  const file = (await newFile(output)) ?? output;
  const { graph } = await requireConfig(directory, hostConfig, NO_HOST);
  const ledger = join(directory, 'ledger');
  let { numbers, shown, head } = await look(ledger, ids);
  const last = numbers.at(-1)!;
  if (head === null || head.size < last) {
    await sign().catch((cause: unknown) => {
      throw new EntangleError('unavailable', `no checkpoint is of line ${last} yet`, {
        hint: NO_HEAD,
        cause,
      });
    });
    ({ numbers, shown, head } = await look(ledger, ids));
  }
  if (head === null || head.size < last)
    throw new EntangleError('unavailable', `no checkpoint is of line ${last} yet`, { hint: NO_HEAD });
  const prover = createProver(suiteWasm.sha256, graph, head, shown);
  for await (const line of readLedger(ledger, 1)) {
    if (line.n > head.size) break;
    prover.see(line);
  }
  await createWhole(file, Buffer.from(`${JSON.stringify(prover.bundle())}\n`));
  return { lines: numbers, size: head.size, checkpoint: head.event.id, file };
};

export const provedText = ({ lines, size, file }: ProvedLines): string =>
  pairs([
    ['proved', `${counted(lines.length, 'line')} of ${size}: ${lines.join(', ')}`],
    ['file', file],
    ['check it', `entangle verify --bundle ${file}`],
  ]);
