// Makes one step of the task, and gives it to the builder.
import { refusal, serve } from './lib.mjs';

serve(async ({ task, tool }) => {
  const answer = await tool('delegate', { to: 'builder', task: `Write this down in NOTES.md: ${task}` });
  if (!answer.ok) throw new Error(refusal(answer));
  if (answer.state !== 'completed') throw new Error(`the builder has not done it: ${answer.summary}`);
  return 'the builder has done it';
});
