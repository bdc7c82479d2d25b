/** A file that went with a task, in a line. */
import type { AttachedView } from './shown-task.ts';

export const attachedText = ({ name, size, sha256 }: AttachedView): string =>
  `${name} (${size} ${size === 1 ? 'byte' : 'bytes'}, sha256 ${sha256.slice(0, 16)})`;
