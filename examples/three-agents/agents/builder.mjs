// Changes a file, has the change reviewed, and keeps it only if the reviewer lets it pass.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal, serve } from './lib.mjs';

serve(async ({ task, cwd, tool }) => {
  appendFileSync(join(cwd, 'NOTES.md'), `${task.replace(/^Write this down in NOTES.md: /, '').trimEnd()}\n`);
  const answer = await tool('request_review', { to: 'reviewer', note: 'is it worth a line?' });
  if (!answer.ok) throw new Error(refusal(answer));
  if (answer.verdict !== 'pass') throw new Error(`the reviewer did not let it pass: ${answer.words}`);
  const given = await tool('artifact', {
    name: 'NOTES.md',
    path: 'NOTES.md',
    media: 'text/markdown',
    words: 'all notes, with the new line',
  });
  if (!given.ok) throw new Error(refusal(given));
  return 'written';
});
