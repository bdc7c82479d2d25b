/** An observation as text: what others signed apart from what is the word of a runner alone. */
import { shortId } from '../../core/encoding/id.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import type { Paint } from '../kit/render.ts';
import { traceRowText } from '../kit/trace-row.ts';

const nameOf = ({ name, npub }: TraceEntry['signer']): string => name ?? npub;
const given = (parts: readonly (string | false | null | undefined)[]): string[] =>
  parts.filter((part) => typeof part === 'string');

/** Attempt and turn as numbers, whatever is nothing left out. */
const detailWords = ({ detail, evidence }: TraceEntry): string[] => {
  const { attempt, turn, reason, exitCode, engine, sandbox, approval, branch, commit } = detail;
  const { conversation, peer, relation } = detail;
  return given([
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    turn !== undefined && `turn ${turn}`,
    reason,
    conversation !== undefined && `${shortId(conversation)} with ${peer} (${relation})`,
    typeof exitCode === 'number' && `exit ${exitCode}`,
    engine !== undefined && `${engine} in ${sandbox}`,
    typeof approval === 'string' && `approval ${shortId(approval)}`,
    branch,
    commit?.slice(0, 12),
    evidence.length > 0 &&
      `signed by ${[...new Set(evidence.map(({ signer }) => nameOf(signer)))].join(', ')}`,
  ]);
};

/** `width`: where the terminal would wrap a row itself. */
export const entryText = (entry: TraceEntry, paint: Paint, width: number): string => {
  const { session, node, what, state, controller, signer } = entry;
  const detail = detailWords(entry);
  const holder = controller ? `${controller.runner}, fence ${controller.fence}` : nameOf(signer);
  const said = `${shortId(session)} ${node} ${what} ${state}${detail.length > 0 ? `: ${detail.join(', ')}` : ''}`;
  const isSigned = entry.evidence.length > 0;
  return traceRowText(
    entry.at,
    {
      mark: isSigned ? '✓ signed ' : '≈ claimed',
      token: isSigned ? 'good' : 'dim',
      text: `${said} (${holder})`,
    },
    paint,
    width,
  );
};
