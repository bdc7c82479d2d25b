/** Room for blobs: beyond a bound goes what nothing open needs, the oldest first. */
import { MAX_KEPT_BYTES } from '../../core/bounds.ts';
import type { AttachedFile, TextBlob } from '../../core/protocol/messages/task-body.ts';
import type { Home } from './home.ts';
import { readBody } from './read-event.ts';

/** By so much they may grow between two looks at what is there. */
const LOOK_BYTES = 67_108_864;
/** A message names what was put before it is written. */
const YOUNG_MS = 3_600_000;

const looked = new WeakMap<Home, number>();

/** Costs a comparison, until much was put. Each goes whole or not at all: what a crash leaves is what a later look finds. */
export const makeBlobRoom = async (
  home: Home,
  { most = MAX_KEPT_BYTES, step = LOOK_BYTES } = {},
): Promise<void> => {
  const { written } = home.blobs;
  if (written - (looked.get(home) ?? Number.NEGATIVE_INFINITY) < step) return;
  looked.set(home, written);
  const all = await home.blobs.sweep();
  let over = all.reduce((sum, { size }) => sum + size, 0) - most;
  if (over <= 0) return;
  const needed = await blobsOfOpen(home);
  const young = home.clock.now() - YOUNG_MS;
  const old = all.filter(({ sha256, at }) => at <= young && !needed.has(sha256));
  for (const { sha256, size } of old) {
    if (over <= 0) return;
    await home.blobs.remove(sha256);
    over -= size;
  }
  if (over > 0)
    home.log(
      'warning',
      `blobs take ${over} bytes more than the ${most} that they may: what is open needs them`,
    );
};

/** What messages of a session name of texts and files. What its turns made and printed stands in their rows. */
type Naming = {
  whole?: TextBlob;
  attached?: AttachedFile[];
  review?: { pack: AttachedFile } | string;
  file?: AttachedFile;
};
const NAMING = [
  ...([
    'task.request',
    'task.handoff',
    'task.escalate',
    'task.cancel',
    'question',
    'escalation',
    'reply',
  ] as const),
  'task.review' as const,
  'artifact.file' as const,
  ...(['approval.request', 'review.request', 'review.result'] as const),
];

/** Of every session and every approval that is open here: its texts and files, what its turns made and printed. */
const blobsOfOpen = async (home: Home): Promise<ReadonlySet<string>> => {
  const { tables } = home;
  const needed: string[] = [];
  const readNamed = async (message: string): Promise<void> => {
    const { whole, attached = [], review, file } = (await readBody<Naming>(home, message)) ?? {};
    const files = [
      ...attached,
      ...(typeof review === 'object' ? [review.pack] : []),
      ...(file ? [file] : []),
    ];
    needed.push(...(whole ? [whole.sha256] : []), ...files.flatMap(({ blobs }) => blobs));
  };
  // Whoever is asked about a change need not know its session
  const changes = [...tables.list('approvals', { open: 1 }), ...tables.list('reviews', { open: 1 })];
  needed.push(...changes.flatMap(({ diff }) => diff));
  const asked = [...changes, ...tables.list('questions', { open: 1 })];
  const sessions = tables.list('sessions', { open: 1 }).map(({ id }) => id);
  for (const session of new Set([...sessions, ...asked.map((one) => one.session)])) {
    needed.push(...tables.list('turns', { session }).flatMap((turn) => [...turn.diff, ...turn.transcript]));
    needed.push(...tables.list('wanted_turns', { session }).map(({ task }) => task));
    for (const type of NAMING)
      for (const { id } of tables.list('messages', { session, type })) await readNamed(id);
    for (const { id } of tables.list('approvals', { session }))
      for (const { message } of tables.list('decisions', { approval: id })) await readNamed(message);
  }
  return new Set(needed);
};
