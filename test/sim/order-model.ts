/**
 * What may be said after what, once more and independently: epochs and revisions only rise, an answer has its question,
 * a place in a stream and a dedup key have one meaning. Over nothing but the order of each ledger's own lines.
 */
import type { Line } from '../../src/core/ledger/line.ts';
import { bodyOf, type LedgerView, tagOf } from './model.ts';

/** By type: what the recipient said before to the signer, which `e` names. */
const TASK = ['task.request', 'task.handoff', 'task.review', 'task.escalate'];
const ANSWERS: Record<string, string[]> = {
  'assignment.accept': ['assignment.offer'],
  'assignment.reject': ['assignment.offer'],
  'task.accept': TASK,
  'task.update': TASK,
  'task.result': TASK,
  'approval.response': ['approval.request'],
  grant: ['approval.request'],
  'blob.part': ['blob.get'],
};
/** By type: what the signer said before to the recipient. */
const FOLLOWS: Record<string, string> = { 'approval.closed': 'approval.request', 'grant.revoke': 'grant' };

const multiTag = (line: Line, name: string): string[] =>
  line.event.tags.find((tag) => tag[0] === name)?.slice(1) ?? [];

/** What each home accepted though nothing that it had heard before lets it. */
export const outOfOrder = (homes: readonly LedgerView[], hostKeys: readonly string[]): string[] =>
  homes.flatMap((home) => faultsOfHome(home, hostKeys));

const faultsOfHome = ({ kind, key, lines }: LedgerView, hostKeys: readonly string[]): string[] => {
  const rules = [
    inEpoch(hostKeys),
    inRevision(kind, hostKeys),
    asked(),
    once(),
    routed(),
    ofOneRequester(),
    decided(),
  ];
  return lines.flatMap((line) =>
    rules
      .map((judge) => judge(line))
      .filter((why) => why !== null)
      .map((why) => `${key.slice(0, 8)} took ${tagOf(line, 'type')} (line ${line.n}): ${why}`),
  );
};

/** Told of every line in order; says what is wrong with one that came in. */
type Judge = (line: Line) => string | null;

const inEpoch = (hostKeys: readonly string[]): Judge => {
  let [n, boot] = [0, ''];
  return (line) => {
    const type = tagOf(line, 'type');
    if (type === 'epoch.claimed') ({ n, boot } = bodyOf<{ n: number; boot: string }>(line));
    if (line.dir !== 'in') return null;
    const [said, by] = multiTag(line, 'epoch');
    if (!hostKeys.includes(line.event.pubkey)) return Number(said) > n ? 'of an epoch that is not yet' : null;
    if (Number(said) < n) return 'of an epoch that is over';
    if (Number(said) === n && boot !== '' && by !== boot) return 'of another boot in the same epoch';
    [n, boot] = [Number(said), by!];
    return null;
  };
};

const inRevision = (kind: LedgerView['kind'], hostKeys: readonly string[]): Judge => {
  const known = new Map<string, number>();
  return (line) => {
    const type = tagOf(line, 'type');
    const owner = kind === 'host' ? '' : tagOf(line, 'p');
    if (type === 'graph.revision') known.set('', bodyOf<{ n: number }>(line).n);
    if (line.dir !== 'in') return null;
    if (type === 'routes') {
      const { self, revision } = bodyOf<{ self: { pubkey: string | null }; revision: number }>(line);
      const key = self.pubkey ?? owner;
      known.set(key, Math.max(known.get(key) ?? 0, revision));
      return null;
    }
    if (hostKeys.includes(line.event.pubkey)) return null;
    return Number(tagOf(line, 'rev')) > (known.get(owner) ?? 0) ? 'of a revision that is not yet' : null;
  };
};

const asked = (): Judge => {
  const sent = new Map<string, Line>();
  const heard = new Map<string, Line>();
  return (line) => {
    if (line.dir === 'out') sent.set(line.event.id, line);
    if (line.dir !== 'in') return null;
    heard.set(line.event.id, line);
    const type = tagOf(line, 'type');
    const answered = ANSWERS[type];
    const followed = FOLLOWS[type];
    const before = answered ? sent.get(tagOf(line, 'e')) : heard.get(tagOf(line, 'e'));
    if (
      answered &&
      (!answered.includes(tagOf(before ?? line, 'type')) || tagOf(before!, 'p') !== line.event.pubkey)
    )
      return 'an answer to what was not asked';
    if (
      followed &&
      (tagOf(before ?? line, 'type') !== followed || before!.event.pubkey !== line.event.pubkey)
    )
      return 'after nothing that it follows';
    return type === 'approval.response' && !isAbout(line, before!) ? 'about something else' : null;
  };
};

const isAbout = (response: Line, request: Line): boolean => {
  const about = (line: Line) => {
    const { approval, subject, subjectDigest } = bodyOf<Record<string, unknown>>(line);
    return JSON.stringify([approval, subject, subjectDigest]);
  };
  return about(response) === about(request);
};

/** Two events at one place of a stream, or two meanings of one dedup key. */
const once = (): Judge => {
  const meanings = new Map<string, string>();
  const isOther = (place: string, meaning: string): boolean => {
    const before = meanings.get(place);
    meanings.set(place, before ?? meaning);
    return before !== undefined && before !== meaning;
  };
  return (line) => {
    if (line.dir !== 'in') return null;
    const between = `${line.event.pubkey} ${tagOf(line, 'p')}`;
    if (isOther(`${between} ${multiTag(line, 'seq').join()}`, line.event.id)) return 'a place that was taken';
    const key = `${between} ${tagOf(line, 'type')} ${tagOf(line, 'dedup')}`;
    return isOther(key, line.event.content) ? 'another meaning of one key' : null;
  };
};

/** The newest routes of an owner have one meaning; what older ones meant counts no more. */
const routed = (): Judge => {
  type Routes = { nonce: string; n: number; self: { pubkey: string | null } };
  const newest = new Map<string, { order: [number, number]; meaning: string }>();
  return (line) => {
    if (line.dir !== 'in' || tagOf(line, 'type') !== 'routes') return null;
    const { nonce: _nonce, ...said } = bodyOf<Routes>(line);
    const owner = said.self.pubkey ?? tagOf(line, 'p');
    const [epoch, n] = [Number(multiTag(line, 'epoch')[0]), said.n];
    const meaning = JSON.stringify(said);
    const before = newest.get(owner);
    if (before?.order[0] === epoch && before.order[1] === n)
      return before.meaning === meaning ? null : 'two meanings of one number';
    if (!before || epoch > before.order[0] || (epoch === before.order[0] && n > before.order[1]))
      newest.set(owner, { order: [epoch, n], meaning });
    return null;
  };
};

const ofOneRequester = (): Judge => {
  const requesters = new Map<string, string>();
  return (line) => {
    if (!TASK.includes(tagOf(line, 'type'))) return null;
    const { session } = bodyOf<{ session: string }>(line);
    const before = requesters.get(session) ?? line.event.pubkey;
    requesters.set(session, before);
    return line.dir === 'in' && before !== line.event.pubkey ? 'a session that another asked for' : null;
  };
};

const decided = (): Judge => {
  const decisions = new Map<string, string>();
  return (line) => {
    if (line.dir !== 'in' || tagOf(line, 'type') !== 'approval.response') return null;
    const { approval } = bodyOf<{ approval: string }>(line);
    const key = `${line.event.pubkey} ${approval}`;
    const before = decisions.get(key) ?? line.event.content;
    decisions.set(key, before);
    return before === line.event.content ? null : 'a second decision of one person';
  };
};
