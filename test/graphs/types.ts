/** The relation table of DESIGN §4, turned round into what the graph asks of each message type. */
import type { TypeInfo } from '../../src/core/graph/edges.ts';
import type { Role } from '../../src/core/protocol/message.ts';

const PEER =
  'task.request task.cancel question reply task.accept task.reject task.update task.result artifact.ref';
/** Relation and side → the types it sends. */
export const SENDS: Readonly<Record<string, string>> = {
  'delegates_to.a': 'task.request task.cancel question reply',
  'delegates_to.b': 'task.accept task.reject task.update task.result question reply artifact.ref',
  'hands_off_to.a': 'task.handoff task.cancel reply',
  'hands_off_to.b': 'task.accept task.reject task.update task.result question artifact.ref',
  'reviews.a': 'review.result question',
  'reviews.b': 'review.request reply artifact.ref',
  'approves.a': 'approval.response question',
  'approves.b': 'approval.request approval.closed reply',
  'escalates_to.a': 'escalation question',
  'escalates_to.b': 'reply task.cancel',
  'consults.a': 'question',
  'consults.b': 'reply artifact.ref',
  'peers_with.a': PEER,
  'peers_with.b': PEER,
};
/** Role → the types it signs. */
export const SIGNS: Readonly<Record<Role, string>> = {
  host: 'runner.trust routes assignment.offer',
  runner: 'runner.hello runner.heartbeat session.observed',
  user: 'user.hello task.request task.cancel reply approval.response review.result',
  node: 'task.accept task.reject task.update task.result task.request task.cancel task.handoff escalation question reply review.request review.result approval.request approval.closed artifact.ref',
};

const words = (text: string): string[] => text.split(' ');
const roles = Object.keys(SIGNS) as Role[];

export const TYPES: readonly TypeInfo[] = [...new Set(roles.flatMap((role) => words(SIGNS[role])))].map(
  (type) => ({
    type,
    signers: roles.filter((role) => words(SIGNS[role]).includes(type)),
    sends: Object.keys(SENDS).filter((sending) => words(SENDS[sending]!).includes(type)),
  }),
);
