/** What a task is called in lists. */
import { cutMarked } from '../encoding/cut.ts';

const TITLE = 80;

/** The first line of a task, with a mark where there is more of it. */
export const titleOf = (task: string): string => {
  const whole = task.trim();
  const line = whole.split('\n', 1)[0] ?? '';
  return cutMarked(line === whole ? line : `${line}…`, TITLE);
};
