/** What a node published, as text: where it is, whose word that is, and how to take it. */
import { shortId } from '../../core/encoding/id.ts';
import type { ArtifactView, ListedArtifact } from '../../services/user/artifacts.ts';
import type { FetchedView } from '../../services/user/fetching.ts';
import { counted, oneLine, pairs } from '../kit/render.ts';
import { signerText, stateText } from './approval-text.ts';

export const NOTHING_MADE =
  'no changes: what a node made for you, or asks you to approve, is listed here, and the files that it gave';
export const changeRows = (items: readonly ListedArtifact[]): string[][] =>
  items.map(({ session, change, node, commit, branch, title }) => [
    ...[shortId(session), change, node, commit.slice(0, 12), branch, title],
  ]);

const approvalLine = ({ approval, approved }: ArtifactView): string => {
  if (approval === null) return 'none was needed';
  return approved === null
    ? `${approval}, of others`
    : `${approval} ${stateText({ ...approved, reason: null })}`;
};

const takeText = (take: ArtifactView['take']): string =>
  take.map(({ name, command }) => `${name} it: ${command}`).join('\n');

export const artifactText = (view: ArtifactView): string => {
  const { approved } = view;
  const facts = pairs([
    ['artifact', view.id],
    [
      'state',
      view.change === 'published' ? view.change : `${view.change}: not published, as far as is known here`,
    ],
    ['why', view.why && oneLine(view.why)],
    ['commit', view.commit],
    ['branch', oneLine(view.branch)],
    ['repository', oneLine(view.repository)],
    ['signed by', signerText(view.signer, view.node)],
    ['message', view.message === null ? null : `${view.message} of ${view.at}`],
    ['session', view.session],
    ['task', oneLine(view.title)],
    ['approval', approvalLine(view)],
    ['you approved it', view.isSigned ? 'yes: exactly this commit, for this branch' : 'no'],
    ['subject', approved?.subjectDigest],
    ['files', approved && `${approved.files}, digest of their list ${approved.changes}`],
    ['document', approved && `${counted(approved.documentBytes, 'byte')}, ${approved.hunks}`],
  ]);
  const fetch = `fetch it: entangle user artifact fetch ${view.state === 'published' ? view.session : view.id}`;
  // Before it is published there is nothing at the remote; what will not be there its node may have given
  if (view.state !== 'published') return view.kept ? `${facts}\n\n${fetch}` : facts;
  return [facts, [takeText(view.take), fetch].filter(Boolean).join('\n')].join('\n\n');
};

const COMPARED: Readonly<Record<FetchedView['checked'], string>> = {
  change: 'its files are those that you were asked to approve',
  commit: 'it is the commit that its node signed; you were asked to approve nothing of it',
};

export const fetchedText = (view: FetchedView): string => {
  const { at, bytes, ref, commit, wasThere, checked } = view;
  const named = ref.replace(/^refs\/remotes\//, '');
  const where = bytes === null ? `as ${named} in ${at}` : `in ${at}, a bundle of ${counted(bytes, 'byte')}`;
  const is = wasThere ? 'was there already' : 'is there now';
  const state =
    view.unpublished &&
    `it is published nowhere: ${oneLine(view.unpublished.why ?? view.unpublished.change)}`;
  return [`${commit} ${is}: ${where}`, state, COMPARED[checked], takeText(view.take)]
    .filter(Boolean)
    .join('\n');
};
