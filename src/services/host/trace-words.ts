/** An observation in words: what others signed apart from what is the word of a runner alone. Not sanitized. */
import { usageText } from '../../core/acp/usage.ts';
import { shortId } from '../../core/encoding/id.ts';
import { reachedText } from '../../core/graph/network.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';

export const partyName = ({ name, npub }: TraceEntry['signer']): string => name ?? npub;

const given = (parts: readonly (string | false | null | undefined)[]): string[] =>
  parts.filter((part) => typeof part === 'string');

/** Attempt and turn as numbers, whatever is nothing left out. */
const detailWords = ({ detail, evidence }: TraceEntry): string[] => {
  const { attempt, turn, reason, exitCode, engine, sandbox, approval, operation, branch, commit } = detail;
  const { conversation, peer, relation, waits, network = [], usage, secrets } = detail;
  return given([
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    turn !== undefined && `turn ${turn}`,
    reason,
    waits?.join(', '),
    conversation !== undefined && `${shortId(conversation)} with ${peer} (${relation})`,
    typeof exitCode === 'number' && `exit ${exitCode}`,
    engine !== undefined && `${engine} in ${sandbox}`,
    usage && usageText(usage),
    secrets && `given ${secrets.join(', ')}`,
    ...network.map(reachedText),
    typeof approval === 'string' && `approval ${shortId(approval)}${operation ? ` of ${operation}` : ''}`,
    detail.grants?.join(', '),
    branch,
    commit?.slice(0, 12),
    evidence.length > 0 &&
      `signed by ${[...new Set(evidence.map(({ signer }) => partyName(signer)))].join(', ')}`,
  ]);
};

/** Events of others are embedded, which the Host verified. */
export const isProved = ({ evidence }: TraceEntry): boolean => evidence.length > 0;

/** In brackets: the runner that held the node, by the Host's own record. */
export const entryWords = (entry: TraceEntry): string => {
  const { session, node, what, state, controller, signer } = entry;
  const detail = detailWords(entry);
  const holder = controller ? `${controller.runner}, fence ${controller.fence}` : partyName(signer);
  return `${shortId(session)} ${node} ${what} ${state}${detail.length > 0 ? `: ${detail.join(', ')}` : ''} (${holder})`;
};
