/** What an engine may ask for while it runs: one row a directive, whatever carries it to the runner. */
import * as z from 'zod';
import { MAX_ASKED, MAX_ATTACHED, MOST_BRIEF } from './bounds.ts';
import { mediaType } from './encoding/schema.ts';
import { REVIEW_VERDICTS } from './vocabulary.ts';

const commandWord = z.string().max(MAX_ASKED);
const node = z.string().min(1).max(64);

/** By its word: what it does, in words for an agent, and what is said with it. */
export const DIRECTIVES = {
  delegate: {
    says: 'Give a task to another agent of this federation and wait until it has ended, however long that takes. The graph must have an edge to that agent; a refusal names what is missing, and asking again does not change it.',
    shape: z.strictObject({
      to: node.describe('The name of the agent in the graph.'),
      task: z.string().min(1).describe('All that it has to know: it sees nothing of your session.'),
    }),
  },
  handoff: {
    says: 'Hand your whole task on to another agent of this federation, for good. What that agent makes of it is your result: nothing that you change or say afterwards counts, so end your turn. It gets your words and none of your files. The graph must have the edge “you hands_off_to them”; a refusal names what is missing, and your task stays yours.',
    shape: z.strictObject({
      to: node.describe('The name of the agent in the graph.'),
      task: z.string().min(1).describe('All that it has to know: it sees nothing of your session.'),
    }),
  },
  ask: {
    says: 'Ask the person who launched this task a question and wait for the answer, which may take hours. Ask only what you cannot find out or decide yourself.',
    shape: z.strictObject({ question: z.string().min(1).describe('The whole question, in words.') }),
  },
  escalate: {
    says: 'Put something to a person or another agent whom the graph names for it, and wait for what they say, which may take hours: a decision that is not yours, or something that you cannot go on without. They need not know your task. The graph must have the edge “you escalates_to them”; a refusal names what is missing.',
    shape: z.strictObject({
      to: node.describe('The name of the person or the agent in the graph.'),
      words: z
        .string()
        .min(1)
        .describe('What it is about, and what you want of them: they see nothing else.'),
    }),
  },
  request_review: {
    says: 'Have a person or another agent look at what you have changed in the workspace so far, and wait for the verdict. The graph must have the edge “they reviews you”; a refusal names what is missing.',
    shape: z.strictObject({
      to: node.describe('The name of the person or the agent in the graph.'),
      note: z.string().min(1).max(MOST_BRIEF).optional().describe('What to look at.'),
    }),
  },
  artifact: {
    says: 'Give the people whom your task concerns a file besides your commit: a report, a log, a picture. Whoever launched it gets it, and whoever approves what you make. Name a file of your workspace, or give a text.',
    shape: z.strictObject({
      name: z.string().min(1).max(MAX_ATTACHED.name).describe('What it is called there: a plain name.'),
      path: z.string().min(1).max(4096).optional().describe('Where it is, below the workspace.'),
      text: z.string().optional().describe('What is in it, where it is no file.'),
      media: mediaType.optional().describe('What it is, such as text/plain or image/png.'),
      words: z.string().min(1).max(MOST_BRIEF).optional().describe('What it shows.'),
    }),
  },
  run: {
    says: 'Have your runner run a command in the fence of this turn, and get its exit code and the end of its output. Where the policy of this node has commands approved, people are shown exactly this: the words, the directory, the environment, the input and the files as they are; a refusal says who refused it, and you go on without.',
    shape: z.strictObject({
      argv: z
        .array(commandWord)
        .min(1)
        .max(64)
        .describe('The program and its arguments; no shell reads them.'),
      cwd: z.string().min(1).max(4096).optional().describe('Where it runs, below the workspace.'),
      env: z
        .record(z.string().min(1).max(256), commandWord)
        .optional()
        .describe('Its own environment, beside that of the turn.'),
      stdin: z.string().optional().describe('What it reads.'),
    }),
  },
  review: {
    says: 'Where your task is to review a change, say your verdict, once: whoever asked for it waits for it. pass: it is good as it is; changes: it is not, and your words say what to change. Nothing that you do to files counts.',
    shape: z.strictObject({
      verdict: z.enum(REVIEW_VERDICTS),
      words: z.string().min(1).optional().describe('What to change, or what they should know.'),
    }),
  },
} as const;

export type Directive = keyof typeof DIRECTIVES;
export type DirectiveSaid<D extends Directive> = z.output<(typeof DIRECTIVES)[D]['shape']>;

const requiredOf = (shape: z.ZodType): string[] => z.toJSONSchema(shape).required ?? [];

/** How each is written in one line, with what it cannot go without. */
export const directiveForms = (): string =>
  Object.entries(DIRECTIVES)
    .map(([word, { shape }]) => `{"id":…,"${word}":{${requiredOf(shape).map((name) => `"${name}":…`)}}}`)
    .join(', ');
