/** `host audit push`: records to a collector, from where the last push to it ended. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { postLines } from '../../adapters/host-api/post-lines.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import type { AuditFormat } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import { isFetchable } from '../../core/host-api/identity.ts';
import { type AuditPush, pushAudit } from '../../services/host/audit-push.ts';
import { hostName } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import { readText } from '../kit/text-file.ts';
import { auditFormat, auditPieces, wholeFlag } from './audit-export.ts';

export const pushFlags = {
  host: hostName,
  format: auditFormat,
  whole: wholeFlag,
  since: Flags.integer({
    description: 'give what follows this record, instead of what the last push to this collector left',
    env: 'ENTANGLE_SINCE',
    helpValue: 'CURSOR',
    min: 0,
  }),
  'collector-token-file': Flags.string({
    description: 'file with the token that the collector wants, sent as a bearer token',
    env: 'ENTANGLE_COLLECTOR_TOKEN_FILE',
    helpValue: 'FILE',
  }),
};

type Given = {
  format: AuditFormat;
  whole: boolean;
  since?: number | undefined;
  'collector-token-file'?: string | undefined;
};
export type PushedAudit = { url: string; records: number; cursor: string };

const TOKEN = /^[\x21-\x7e]{1,4096}$/;
const tokenIn = async (file: string | undefined): Promise<string | null> => {
  if (file === undefined) return null;
  const token = (await readText(file)).trim();
  if (TOKEN.test(token)) return token;
  throw new EntangleError('invalid', `${file} holds no token`, {
    hint: 'put the token alone into it, in one line',
  });
};

/** One for each collector and format: a name that nothing of the address is in. */
const cursorFile = (directory: string, url: string, format: string): string =>
  join(
    directory,
    `audit-push-${createHash('sha256').update(`${format} ${url}`).digest('hex').slice(0, 16)}.cursor`,
  );

const readCursor = async (path: string): Promise<number> => {
  const words = await systemFiles.read(path);
  if (words === undefined) return 0;
  if (/^\d{1,15}\n$/.test(words)) return Number(words);
  throw new EntangleError('invalid', `${path} holds no cursor`, {
    hint: 'use --since CURSOR to begin from there',
  });
};

export const pushToCollector = async (
  directory: string,
  version: string,
  url: string,
  { format, whole, since, 'collector-token-file': tokenFile }: Given,
  { signal, tell }: Pick<AuditPush, 'signal' | 'tell'>,
): Promise<PushedAudit> => {
  if (!isFetchable(url))
    throw new EntangleError('usage', 'not the address of a collector', {
      hint: 'write https://NAME/PATH; plain http:// only of this machine, since records and token go along',
    });
  const token = await tokenIn(tokenFile);
  const file = cursorFile(directory, url, format);
  const from = since ?? (await readCursor(file));
  const { records, last } = await pushAudit({
    clock: systemClock,
    pieces: auditPieces(directory, version, { format, since: from, whole: whole && format !== 'cef' }),
    post: (body) => postLines(url, { body, type: 'application/x-ndjson', token }, signal),
    keep: (cursor) => systemFiles.write(file, `${cursor}\n`),
    ...{ signal, tell },
  });
  return { url, records, cursor: `${last ?? from}` };
};

export const pushedText = ({ url, records, cursor }: PushedAudit): string =>
  pairs([
    ['collector', url],
    ['records', `${counted(records, 'record')} acknowledged`],
    ['cursor', `${cursor}: the next push goes on behind it`],
  ]);
