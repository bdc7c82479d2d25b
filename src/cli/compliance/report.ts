/** Which controls the record of a Host has evidence of, read beside whoever serves it. */

import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../adapters/ledger/read.ts';
import { type ComplianceReport, createComplianceReport } from '../../core/audit/compliance.ts';
import { FRAMEWORK_NAMES } from '../../core/audit/controls.ts';
import { FRAMEWORKS, type Framework } from '../../core/command-words.ts';
import { dayStart, isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { DAY } from '../../core/grammars.ts';
import { hostConfig } from '../../services/setup/config.ts';
import { hostName } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { NO_HOST } from '../wiring/missing-home.ts';

export const complianceFlags = {
  host: hostName,
  framework: Flags.option({
    description: 'its controls alone, in its own numbers (default: those of all)',
    env: 'ENTANGLE_FRAMEWORK',
    options: FRAMEWORKS,
  })(),
  since: Flags.string({
    description: 'records from this day on, in UTC (default: from the first)',
    env: 'ENTANGLE_COMPLIANCE_SINCE',
    helpValue: 'DAY',
  }),
};

type Wanted = { framework?: Framework | undefined; since?: string | undefined };

const sinceOf = (day: string | undefined): string | null => {
  if (day === undefined) return null;
  const ms = dayStart(day);
  if (ms === null) throw new EntangleError('usage', `not a day: ${day}`, { hint: `write ${DAY.rule}` });
  return isoTime(ms);
};

export const reportCompliance = async (
  directory: string,
  { framework, since }: Wanted,
): Promise<ComplianceReport> => {
  const from = sinceOf(since);
  const { graph } = await requireConfig(directory, hostConfig, NO_HOST);
  let report: ReturnType<typeof createComplianceReport> | null = null;
  for await (const line of readLedger(join(directory, 'ledger'), 1)) {
    // The first line of a ledger is its home’s own
    const about = {
      framework: framework ?? null,
      graph,
      host: line.event.pubkey,
      since: from,
      suite: suiteWasm,
    };
    report ??= createComplianceReport(about);
    report.see(line);
  }
  if (report !== null) return report.report();
  throw new EntangleError('not_found', 'this Host has no record yet', {
    hint: 'start it with `entangle host serve`: its first line is its first record',
  });
};

type Table = (headings: string[], rows: (string | number)[][]) => string;

export const complianceText = (one: ComplianceReport, table: Table): string => {
  const rows = one.controls.map(({ id, of, events, claimed, cited, says }) => [
    id,
    events === 0 ? 'no evidence' : `${events}${claimed === 0 ? '' : `, ${claimed} claimed`}`,
    cited.map(({ cursor }) => cursor).join(' ') || '–',
    `${says} (${of.join(', ')})`,
  ]);
  const about = pairs([
    ['framework', one.framework === null ? 'all that are known' : FRAMEWORK_NAMES[one.framework]],
    ['graph', one.graph],
    ['records', `${counted(one.records, 'record')}${one.since === null ? '' : ` since ${one.since}`}`],
    [
      'checkpoint',
      `of the first ${counted(one.covered, 'line')}: newer records count, and are named after \`entangle host audit checkpoint\``,
    ],
    ['check them', 'entangle host audit prove RECORD… --output proof.json'],
  ]);
  return [
    about,
    table(['control', 'events', 'newest records', 'what it says'], rows),
    ['Not covered:', ...one.notCovered.map((words) => `- ${words}`)].join('\n'),
  ].join('\n\n');
};
