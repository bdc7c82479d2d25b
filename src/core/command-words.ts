/** The closed sets of words that only commands and screens speak in; those of the protocol are in `vocabulary.ts`. */

import { type MemberRole, NAMED_SUBJECTS, type WaitedFor } from './vocabulary.ts';

type Word<T extends readonly unknown[]> = T[number];

export const GRAPH_TEMPLATES = ['solo', 'pair', 'team'] as const;
export type Template = Word<typeof GRAPH_TEMPLATES>;
export const EXPORT_FORMATS = ['json', 'mermaid', 'dot'] as const;
export type ExportFormat = Word<typeof EXPORT_FORMATS>;
/** Of the Host's record: our own, OCSF, and the Common Event Format. */
export const AUDIT_FORMATS = ['ndjson', 'ocsf', 'cef'] as const;
export type AuditFormat = Word<typeof AUDIT_FORMATS>;
/** Whose controls a report is in the words of. */
export const FRAMEWORKS = ['soc2', 'iso27001', 'hipaa', 'eu-ai-act'] as const;
export type Framework = Word<typeof FRAMEWORKS>;
export const PLAN_FORMATS = ['text', 'markdown', 'json'] as const;
export type PlanFormat = Word<typeof PLAN_FORMATS>;
/** How a screen marks what it shows, besides the words that do. */
/** Lines of serving processes, for people and for collectors. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = Word<typeof LOG_FORMATS>;
export const THEMES = ['default', 'high-contrast', 'colour-blind', 'none'] as const;
export type Theme = Word<typeof THEMES>;
/** How a terminal tells a person who looks elsewhere: OSC 9 and OSC 777 are notifications of the desktop. */
export const ALERTS = ['none', 'bell', 'osc9', 'osc777'] as const;
export type Alert = Word<typeof ALERTS>;
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = Word<typeof SHELLS>;
/** Values that a shell completes: by what lies in a home, by the program itself, or by the shell, which knows files. */
export const HOME_VALUES = [
  ...NAMED_SUBJECTS,
  'artifact',
  'grant',
  'node',
  'operator',
  'revision',
  'runner',
  'secret',
  'principal',
] as const;
export type HomeValue = Word<typeof HOME_VALUES>;
export const PATH_VALUES = ['files', 'directories', 'graphs'] as const;
const PROGRAM_VALUES = [
  'agent',
  'command',
  'message_type',
  'own_host',
  'own_runner',
  'own_user',
  'setting',
] as const;
export const COMPLETED_VALUES = [...HOME_VALUES, ...PATH_VALUES, ...PROGRAM_VALUES] as const;
export type CompletedValue = Word<typeof COMPLETED_VALUES>;
/** What keeps a process running on a machine. */
export const SERVICE_MANAGERS = ['systemd', 'launchd'] as const;
export type ServiceManager = Word<typeof SERVICE_MANAGERS>;
/** Whom `graph apply --wait` waits for. */
export const WAIT_FOR = ['online', 'all'] as const;
export type WaitFor = Word<typeof WAIT_FOR>;
/** What `user wait` waits for in a session. */
export const SESSION_WAITS = ['end', 'approval', 'question'] as const;
export type SessionWait = Word<typeof SESSION_WAITS>;
/** Why something that a runner keeps stays: its session goes on, or was over a moment ago; it is of none that is known here; another process uses it; an approval of it is good, or it is young; it cannot be removed. */
export const TIDY_STAYS = ['open', 'recent', 'unknown', 'served', 'needed', 'failed'] as const;
export type TidyStays = Word<typeof TIDY_STAYS>;
/** What may be set of a runner, each called as its flag of `runner init`. */
export const RUNNER_SETTINGS = [
  'sandbox',
  'label',
  'capacity',
  'memory',
  'disk',
  'git-protocol',
  'repository-hooks',
] as const;
export type RunnerSetting = Word<typeof RUNNER_SETTINGS>;
/** From when a setting that was changed holds: a process that serves takes it up, has to be started again, or there is none. */
export const SETTING_HOLDS = ['now', 'after_restart', 'when_served'] as const;
export type SettingHolds = Word<typeof SETTING_HOLDS>;
/** What a runner that leaves waits for, beside what its nodes ask of others: an engine that works, and that its last words are heard. */
export type LeaveWait = Exclude<WaitedFor, 'runner'> | 'turn' | 'receipt';
/** How a member's home is made, with what has to be said: hints are typed as they stand. */
export const MAKES_HOME: Readonly<Record<MemberRole, string>> = {
  runner: 'entangle runner init --keys file --sandbox bwrap',
  user: 'entangle user init --keys file',
};
