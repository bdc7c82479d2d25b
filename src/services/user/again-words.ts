/** That a commit is not the first of its session, as people say it. */
import { cutMarked } from '../../core/encoding/cut.ts';
import type { Again } from './approval-view.ts';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
/** All of them are in the task, where the agent has them from. */
const BRIEF = 200;

export const againText = ({ count, words }: Again): string => {
  const which = ORDINALS[count - 1] ? `${ORDINALS[count - 1]} commit` : `commit number ${count}`;
  const said = cutMarked((words ?? '').replaceAll(/\s+/g, ' ').trim(), BRIEF);
  return said === '' ? `${which} of this session` : `${which}, after your words: ${said}`;
};
