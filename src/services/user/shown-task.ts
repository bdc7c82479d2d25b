/** What was asked of a node, whole: of the blob that its message names, where that has only the beginning. */
import { npub } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { AttachedFile } from '../../core/protocol/messages/task-body.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from '../messaging/home.ts';
import { wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { arrived } from './arrived.ts';
import type { User } from './user.ts';

/** `claimed`: the name is the word of the node that asks; null where this person's routes contradict it, or nobody has one. */
export type Signer = { name: string | null; npub: string; claimed: boolean };

export const signerOf = ({ tables }: Home, pubkey: string): Signer => {
  const name = tables.get('keys', pubkey)?.name ?? null;
  return { name, npub: npub(pubkey), claimed: false };
};

/** Whoever launched it need not be a neighbour of whom is asked. The node checked the name against its own routes. */
export const launcherOf = (
  { home }: User,
  { launchedBy, path }: Pick<BodyOf<'approval.request'>, 'launchedBy' | 'path'>,
): Signer => {
  const known = signerOf(home, launchedBy);
  if (known.name !== null) return known;
  const told = path.at(-2) ?? null;
  const me = home.self.pubkey;
  const isOwn = home.tables.get('routes', me)?.name === told;
  const isOther = told !== null && (isOwn || home.tables.get('peers', me, told) !== undefined);
  return isOther || told === null ? known : { ...known, name: told, claimed: true };
};

/** Refuses to show a part of it for the whole. `deadline` on the monotonic clock. */
export const shownTask = (
  { home, exchange }: User,
  { task, whole }: Pick<BodyOf<'approval.request'>, 'task' | 'whole'>,
  writer: string,
  deadline: number,
): Promise<string> =>
  arrived(home.clock, 'the task', deadline, () =>
    wholeText(home, exchange, { writer, reader: home.self.pubkey }, { head: task, whole }),
  );

/** A file that went with a task, by its digest. */
export type AttachedView = { name: string; size: number; sha256: string };

export const attachedViews = ({ attached = [] }: { attached?: AttachedFile[] | undefined }): AttachedView[] =>
  attached.map(({ name, size, sha256 }) => ({ name, size, sha256 }));

/** No task where its request or the rest of it is not in this home. */
export const taskOfSession = async (
  { home, exchange }: User,
  row: RowOf<'sessions'>,
): Promise<{ task: string | null; attached: AttachedView[] }> => {
  const request = await readBody<BodyOf<'task.request'>>(home, row.request);
  if (!request) return { task: null, attached: [] };
  const { task: head, whole } = request;
  const me = home.self.pubkey;
  const task = await wholeText(home, exchange, { writer: me, reader: me }, { head, whole });
  return { task, attached: attachedViews(request) };
};
