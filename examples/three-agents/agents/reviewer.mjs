// Lets short changes pass. Of anything else it asks the person; where it may not, it lets nothing pass, and says why.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal, serve } from './lib.mjs';

const judge = async (change, tool) => {
  if (change.length <= 20) return { verdict: 'pass', words: 'short' };
  const words = `A change of more than 20 characters to NOTES.md. Say yes to let it pass: ${change}`;
  const answer = await tool('escalate', { to: 'you', words });
  if (!answer.ok) return { verdict: 'changes', words: refusal(answer) };
  return { verdict: answer.reply.startsWith('yes') ? 'pass' : 'changes', words: answer.reply };
};

serve(async ({ tool }) => {
  const lines = readFileSync(join(process.env.ENTANGLE_ATTACHED, 'review.diff'), 'utf8').split('\n');
  const said = await judge(lines.filter((line) => /^\+[^+]/.test(line)).join('\n'), tool);
  const answer = await tool('review', said);
  if (!answer.ok) throw new Error(refusal(answer));
  return said.verdict;
});
