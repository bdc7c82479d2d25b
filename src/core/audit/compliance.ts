/** Controls and their evidence, from the lines of a Host’s ledger, one after the other: how often, when, and which records. */

import type { Framework } from '../command-words.ts';
import type { Suite } from '../crypto/suite.ts';
import { typeOfEvent } from '../evidence/read.ts';
import { GENESIS, type Head, type Line } from '../ledger/line.ts';
import { headOfCheckpoint } from './bundle.ts';
import { CONTROLS, type Control, NEVER_COVERED, NOT_COVERED } from './controls.ts';
import { nextHead } from './export.ts';
import { createAuditNames } from './names.ts';
import { type AuditRecord, auditedLine } from './record.ts';

/** Of each control so many records are named, the newest that the Host can prove: all others count. */
const CITED = 3;

export type CitedRecord = { cursor: string; event: string; code: string; at: string };
export type ControlEvidence = {
  id: string;
  says: string;
  /** Sections, each with its framework where the report is of all. */
  of: string[];
  events: number;
  /** How many of them a runner says of others without what these signed. */
  claimed: number;
  first: string | null;
  last: string | null;
  cited: CitedRecord[];
};
export type ComplianceReport = {
  framework: Framework | null;
  graph: string;
  host: string;
  /** Records from then on, ISO 8601; null: from the first. */
  since: string | null;
  records: number;
  /** Lines of which a checkpoint of the Host is: newer records count, and are not named. */
  covered: number;
  controls: ControlEvidence[];
  notCovered: string[];
};
type Options = {
  framework: Framework | null;
  graph: string;
  host: string;
  since: string | null;
  suite: Pick<Suite, 'sha256'>;
};

const sectionsOf = ({ of }: Control, framework: Framework | null): string[] =>
  framework === null
    ? Object.entries(of).flatMap(([name, sections]) => sections.map((section) => `${name} ${section}`))
    : [...(of[framework] ?? [])];

const isEvidence = ({ query }: Control, { type, code }: AuditRecord): boolean =>
  query.some((one) => one === type || one === code);

const add = (one: ControlEvidence, { at, claimed }: AuditRecord): void => {
  one.events += 1;
  one.claimed += Number(claimed);
  one.first ??= at;
  one.last = at;
};

/** Waiting for the checkpoint that proves it; there are as many as a Host writes between two. */
type Waiting = { of: ControlEvidence; n: number; cited: CitedRecord };
const sizeOfCheckpoint = ({ dir, event }: Line): number =>
  (dir === 'local' && typeOfEvent(event) === 'checkpoint' && headOfCheckpoint(event)?.size) || 0;

/** `see` takes every line from the first on, and throws at one that does not continue the chain. */
export const createComplianceReport = ({ framework, graph, host, since, suite }: Options) => {
  const asked = CONTROLS.filter(({ of }) => framework === null || of[framework] !== undefined);
  const controls = asked.map((control): ControlEvidence => {
    const { id, says } = control;
    const none = { events: 0, claimed: 0, first: null, last: null, cited: [] };
    return { id, says, of: sectionsOf(control, framework), ...none };
  });
  const names = createAuditNames(host);
  let head: Head = GENESIS;
  let records = 0;
  let covered = 0;
  let waiting: Waiting[] = [];
  const cover = (size: number): void => {
    covered = size;
    for (const { of: one, n, cited } of waiting)
      if (n <= size) one.cited = [...one.cited, cited].slice(-CITED);
    waiting = waiting.filter(({ n }) => n > size);
  };
  return {
    see(line: Line): void {
      head = nextHead(suite, head, line);
      const size = sizeOfCheckpoint(line);
      if (size > 0) cover(size);
      if (since !== null && line.at < since) return;
      records += 1;
      const { record } = auditedLine(line, names, false);
      const { cursor, event, code, at } = record;
      for (const [i, control] of asked.entries()) {
        const of = controls[i]!;
        if (!isEvidence(control, record)) continue;
        add(of, record);
        waiting.push({ of, n: line.n, cited: { cursor, event, code, at } });
      }
    },
    report: (): ComplianceReport => ({
      ...{ framework, graph, host, since, records, covered, controls },
      notCovered: [...(framework === null ? NEVER_COVERED : NOT_COVERED[framework])],
    }),
  };
};
