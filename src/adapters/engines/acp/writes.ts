/** Writes of an agent through its runner: what each would make of its file, and which were approved before they came. */
import { hash } from 'node:crypto';
import type * as z from 'zod';
import { bindingEdit, type Written } from '../../../core/acp/edit.ts';
import { diffPart, type permissionAsked } from '../../../core/acp/shapes.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import { utf8 } from '../../../core/encoding/bytes.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import { inSlices } from '../../../core/in-slices.ts';
import { checkPath } from '../../../core/source/paths.ts';
import type { PermissionRequest } from '../../../ports/index.ts';
import { systemClock } from '../../system/clock.ts';
import {
  FileRefused,
  type FilesOfTurn,
  NoFile,
  nameInWorkspace,
  readWorkspaceText,
  TOO_LARGE,
} from './files.ts';
import { isOfGit } from './places.ts';

/** What a write binds; `written` is null where that is words alone. */
export type BoundWrite = Pick<PermissionRequest, 'operation' | 'binding' | 'command' | 'words' | 'input'> & {
  written: Written | null;
};

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
let last: Promise<unknown> = Promise.resolve();
/** Of megabytes that an agent made for it that takes seconds, in which others go on, and hundreds of megabytes: one at a time. */
const bound = (edit: Parameters<typeof bindingEdit>[0], said: string | null) => {
  const done = last.then(() => inSlices(systemClock, bindingEdit(edit, said, sha256)));
  last = done.catch(() => undefined);
  return done;
};
const currentText = (workspace: FilesOfTurn, path: string): Promise<string | null> =>
  readWorkspaceText(workspace, path).catch((error: unknown) => {
    if (error instanceof NoFile) return null;
    throw error;
  });

/** As it would be written: half characters have no bytes. */
const bytesOf = (text: string): Uint8Array => utf8(text.toWellFormed());

/** Refuses what leads out of the workspace; where the file or its name is no text, there is nothing to show. */
export const boundWrite = async (
  workspace: FilesOfTurn,
  place: string,
  text: string,
): Promise<BoundWrite> => {
  const path = nameInWorkspace(workspace.root, place);
  if (isOfGit(path)) throw new FileRefused('what git has is not written here: only files of the task are');
  const now = bytesOf(text);
  if (now.length > MAX_ACP.file) throw new FileRefused(TOO_LARGE);
  try {
    const old = await currentText(workspace, place);
    const edit = { path: checkPath(path), old: old === null ? null : utf8(old), now };
    const { call, written } = await bound(edit, null);
    return { ...call, written };
  } catch (error) {
    if (error instanceof FileRefused && error.isAway) throw error;
    const words = `write of ${path}, which cannot be shown`;
    return {
      operation: 'file.write',
      binding: 'described',
      command: null,
      words,
      input: null,
      written: null,
    };
  }
};

type Asked = z.output<typeof permissionAsked>['toolCall'];
/**
 * The whole content that a change makes; null where that is not certain: a change of a part has its old text once in the file.
 * Whatever its agent makes of that, no other bytes than these are approved.
 */
const madeOf = (old: string | null, { oldText, newText }: z.output<typeof diffPart>): string | null => {
  if ((oldText ?? '') === (old ?? '')) return newText;
  // Half a character is in no file
  if (old === null || !oldText?.isWellFormed()) return null;
  const at = old.indexOf(oldText);
  if (oldText === '' || at === -1 || old.includes(oldText, at + 1)) return null;
  return old.slice(0, at) + newText + old.slice(at + oldText.length);
};

/** The change that a request carries, where it is one and what it makes of its file is certain: bound as the whole content. */
export const writeAsked = async (
  workspace: FilesOfTurn,
  { content }: Asked,
  said: string,
): Promise<BoundWrite | null> => {
  const diffs = (content ?? []).filter(({ type }) => type === 'diff');
  const { data: diff } = readShape(diffPart, diffs[0]);
  if (diff === undefined || diffs.length > 1) return null;
  try {
    const old = await currentText(workspace, diff.path);
    const made = madeOf(old, diff);
    const now = made === null ? null : bytesOf(made);
    if (now === null || now.length > MAX_ACP.file) return null;
    const path = checkPath(nameInWorkspace(workspace.root, diff.path));
    const edit = { path, old: old === null ? null : utf8(old), now };
    const { call, written } = await bound(edit, said);
    return { ...call, written };
  } catch {
    return null;
  }
};

export const isSameWrite = (one: Written, other: Written): boolean =>
  one.path === other.path && one.sha256 === other.sha256;
