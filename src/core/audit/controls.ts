/** What a control asks, where the frameworks ask it, and which records of a Host show that it was kept: one table, nothing else. */

import type { Framework } from '../command-words.ts';
import type { RecordType } from '../protocol/messages/records.ts';
import type { MessageType } from '../protocol/table.ts';

type Type = RecordType | MessageType;
/** A type of records, or one that came to a state: what `code` says of them in an export. */
export type EvidenceQuery = Type | `${Type}.${string}`;

export type Control = {
  readonly id: string;
  readonly says: string;
  /** Sections of the framework; a framework that does not ask for it is left out. */
  readonly of: Readonly<Partial<Record<Framework, readonly string[]>>>;
  readonly query: readonly EvidenceQuery[];
};

export const FRAMEWORK_NAMES: Readonly<Record<Framework, string>> = {
  soc2: 'SOC 2, Trust Services Criteria 2017',
  iso27001: 'ISO/IEC 27001:2022, Annex A',
  hipaa: 'HIPAA Security Rule, 45 CFR 164',
  'eu-ai-act': 'EU AI Act, Regulation (EU) 2024/1689',
};

export const CONTROLS: readonly Control[] = [
  {
    ...{ id: 'change-approval', says: 'What agents made was published after people approved it' },
    of: { soc2: ['CC8.1'], iso27001: ['A.8.32', 'A.5.3'], 'eu-ai-act': ['Art. 14', 'Art. 26(2)'] },
    query: ['approval.observed.approved', 'artifact.observed.published'],
  },
  {
    ...{ id: 'change-refusal', says: 'People refused what agents asked for' },
    of: { soc2: ['CC8.1'], iso27001: ['A.8.32'], 'eu-ai-act': ['Art. 14(4)(d)'] },
    query: ['approval.observed.rejected'],
  },
  {
    ...{ id: 'stop', says: 'Work of agents was stopped' },
    of: { soc2: ['CC7.4'], 'eu-ai-act': ['Art. 14(4)(e)'] },
    query: ['session.observed.cancelled', 'session.cancel', 'assignment.revoke'],
  },
  {
    ...{ id: 'commit-evidence', says: 'What was published carries who approved it, for anybody to check' },
    of: { soc2: ['CC8.1'], iso27001: ['A.5.28', 'A.8.4'], 'eu-ai-act': ['Art. 12'] },
    query: ['evidence.statement'],
  },
  {
    ...{ id: 'configuration', says: 'Changes of who may say what to whom were applied as revisions' },
    of: { soc2: ['CC8.1', 'CC6.1'], iso27001: ['A.8.9', 'A.5.15'], hipaa: ['164.308(a)(4)(ii)(C)'] },
    query: ['graph.revision'],
  },
  {
    ...{ id: 'identities', says: 'People, runners and agents joined with keys of their own' },
    of: { soc2: ['CC6.2'], iso27001: ['A.5.16'], hipaa: ['164.312(a)(2)(i)', '164.312(d)'] },
    query: ['invite.issued', 'user.hello', 'runner.hello', 'assignment.accept'],
  },
  {
    ...{ id: 'access-given', says: 'Access was given by somebody who may' },
    of: { soc2: ['CC6.2', 'CC6.3'], iso27001: ['A.5.18'], hipaa: ['164.308(a)(4)(ii)(B)'] },
    query: ['runner.trust.trusted', 'operator.added', 'operator.bound', 'operator.enrolled'],
  },
  {
    ...{ id: 'access-removed', says: 'Access was taken away' },
    of: { soc2: ['CC6.3'], iso27001: ['A.5.18'], hipaa: ['164.308(a)(3)(ii)(C)'] },
    query: ['runner.trust.rejected', 'runner.trust.revoked', 'operator.revoked'],
  },
  {
    ...{ id: 'privileged-operations', says: 'What operators asked of the Host is on record' },
    of: { soc2: ['CC6.1', 'CC7.2'], iso27001: ['A.8.2', 'A.8.15'], hipaa: ['164.312(b)'] },
    query: ['host.operator_request.completed'],
  },
  {
    ...{
      id: 'secrets',
      says: 'Credentials of agents were kept by the Host, and given for one assignment at a time',
    },
    of: { soc2: ['CC6.1'], iso27001: ['A.5.17'], hipaa: ['164.312(a)(1)'] },
    query: [
      'secret.set',
      'secret.removed',
      'secret.grant',
      'secret.deny',
      'principal.set',
      'principal.removed',
    ],
  },
  {
    ...{ id: 'agent-activity', says: 'What agents did was recorded as it happened' },
    of: {
      ...{ soc2: ['CC7.2'], iso27001: ['A.8.15'], hipaa: ['164.312(b)'] },
      'eu-ai-act': ['Art. 12', 'Art. 19', 'Art. 26(6)'],
    },
    query: ['session.observed', 'turn.observed', 'source.observed', 'conversation.observed'],
  },
  {
    ...{ id: 'record-integrity', says: 'The Host swore to its record, so that a later change of it shows' },
    of: { iso27001: ['A.5.28', 'A.8.15'], hipaa: ['164.312(c)(1)'], 'eu-ai-act': ['Art. 19'] },
    query: ['checkpoint', 'log.rotated'],
  },
  {
    ...{
      id: 'anomalies',
      says: 'Messages that were forged, replayed or not allowed were refused and counted',
    },
    of: {
      ...{ soc2: ['CC7.2', 'CC7.3'], iso27001: ['A.8.16'], hipaa: ['164.308(a)(1)(ii)(D)'] },
      'eu-ai-act': ['Art. 15(5)'],
    },
    query: ['rejects.counted', 'message.conflict', 'host.conflict'],
  },
  {
    ...{ id: 'recovery', says: 'What was cut off went on' },
    of: { soc2: ['CC7.5'], iso27001: ['A.5.29'], hipaa: ['164.308(a)(7)(i)'], 'eu-ai-act': ['Art. 15(4)'] },
    query: ['recovery.observed', 'epoch.claimed'],
  },
];

const OF_ALL = [
  'whether a control is designed well, and whether it was kept each time: records show when it was, and none shows when it was not',
  'what people approved without reading it, and what agents did outside of this federation',
  'people, premises, devices, contracts, training, risk assessments and the policies themselves',
];
/** What no record of a Host can show. */
export const NOT_COVERED: Readonly<Record<Framework, readonly string[]>> = {
  soc2: [
    ...OF_ALL,
    'the criteria CC1 to CC5 and CC9, and those of availability, confidentiality, processing integrity and privacy',
  ],
  iso27001: [...OF_ALL, 'clauses 4 to 10, and the controls of Annex A that are not named here'],
  hipaa: [
    ...OF_ALL,
    'physical safeguards (164.310), business associates (164.314), and where protected health information is',
  ],
  'eu-ai-act': [
    ...OF_ALL,
    'whether a system is of high risk, and the duties of providers: data governance (Art. 10), technical documentation (Art. 11), accuracy (Art. 15(1)), conformity assessment',
    'how long the record is kept: at least six months are asked for (Art. 19, Art. 26(6))',
  ],
};
export const NEVER_COVERED: readonly string[] = OF_ALL;
