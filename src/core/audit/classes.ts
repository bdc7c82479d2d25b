/** Kinds of acts, as the Open Cybersecurity Schema Framework (OCSF) numbers them: classes and their activities. */

export const OCSF_VERSION = '1.9.0';

type AuditClassFacts = {
  readonly uid: number;
  readonly category: { readonly uid: number; readonly name: string };
  readonly name: string;
  readonly activities: Readonly<Record<number, string>>;
};
const APPLICATION = { uid: 6, name: 'Application Activity' };
const IAM = { uid: 3, name: 'Identity & Access Management' };

/** Of each class the activities that occur here, by their captions; 99 has a name of the row's own. */
export const AUDIT_CLASSES = {
  finding: {
    uid: 2004,
    category: { uid: 2, name: 'Findings' },
    name: 'Detection Finding',
    activities: { 1: 'Create' },
  },
  entity: {
    uid: 3004,
    category: IAM,
    name: 'Entity Management',
    activities: { 1: 'Create', 3: 'Update', 6: 'Enroll', 7: 'Unenroll' },
  },
  user: {
    uid: 3007,
    category: IAM,
    name: 'User Management',
    activities: { 1: 'Create', 3: 'Delete' },
  },
  lifecycle: {
    uid: 6002,
    category: APPLICATION,
    name: 'Application Lifecycle',
    activities: { 1: 'Install', 2: 'Remove', 3: 'Start', 4: 'Stop', 5: 'Restart' },
  },
  api: {
    uid: 6003,
    category: APPLICATION,
    name: 'API Activity',
    activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
} as const satisfies Readonly<Record<string, AuditClassFacts>>;
export type AuditClass = keyof typeof AUDIT_CLASSES;

/** `severity_id` of OCSF; CEF counts from 0 to 10. */
export const AUDIT_SEVERITIES = {
  informational: { id: 1, name: 'Informational', cef: 2 },
  medium: { id: 3, name: 'Medium', cef: 5 },
  high: { id: 4, name: 'High', cef: 8 },
} as const;
export type AuditSeverity = keyof typeof AUDIT_SEVERITIES;

export const classFacts = (name: AuditClass): AuditClassFacts => AUDIT_CLASSES[name];
