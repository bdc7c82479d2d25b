/** Which tool of an agent does what a probe wants, and what it is called with: by the names that agents give such tools. */
import * as z from 'zod';
import { canaryCommand, FILE_NAMES } from '../../../../core/acp/canary-asked.ts';
import type { Canary } from '../../../../core/acp/probe.ts';

const schema = z.object({ type: z.unknown(), enum: z.array(z.string()).optional() });
export const modelAsked = z.object({
  stream: z.boolean().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })).max(1000),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string().max(200),
          parameters: z
            .object({
              properties: z.record(z.string(), schema.catch({ type: 'string' })).optional(),
              required: z.array(z.string()).optional(),
            })
            .optional(),
        }),
      }),
    )
    .max(1000)
    .optional(),
});
export type ModelAsked = z.output<typeof modelAsked>;
export type ModelCall = { name: string; arguments: Record<string, unknown> };

const COMMANDS =
  /^(?:bash|shell|terminal|exec|run|(?:run|execute)_?(?:shell_?|terminal_?)?command|developer__shell)$/i;
/** By which an agent starts others. */
const STARTS = /^(?:task|agent|subagent|(?:spawn|run|start|delegate)_?(?:task|agent|subagent))$/i;
const WRITES = /^(?:write|write_?file|create_?file|write_to_file)$/i;
const PROMPTS = ['prompt', 'task', 'instructions'];
const CONTENTS = ['content', 'contents', 'text', 'file_text'];
/** What is asked for beside it, by the type that its schema names. */
const FILLED: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['string', 'probe'],
  ['boolean', false],
  ['number', 1],
  ['integer', 1],
]);

const same = (names: readonly string[], value: string) => names.map((name) => [name, value] as const);

type WantedCall = [names: RegExp, values: (readonly [string, string])[], least: number];
const WANTED: Readonly<Record<Canary['kind'], (path: string) => WantedCall>> = {
  command: (path) => [COMMANDS, [['command', canaryCommand('command', path)]], 1],
  look: (path) => [COMMANDS, [['command', canaryCommand('look', path)]], 1],
  edit: (path) => [WRITES, [...same(FILE_NAMES, path), ...same(CONTENTS, 'made\n')], 2],
  outside: (path) => WANTED.edit(path),
  subagent: (path) => [STARTS, same(PROMPTS, `Run this command: ${canaryCommand('subagent', path)}`), 1],
};

/** Null where the agent offers no tool for it that is known here. */
export const callFor = (
  { tools = [] }: ModelAsked,
  { kind }: Pick<Canary, 'kind'>,
  path: string,
): ModelCall | null => {
  const [names, values, least] = WANTED[kind](path);
  const tool = tools.map((one) => one.function).find(({ name }) => names.test(name));
  if (tool === undefined) return null;
  const known = tool.parameters?.properties ?? {};
  const given = values.filter(([name]) => Object.hasOwn(known, name));
  if (given.length < least) return null;
  const filled = (tool.parameters?.required ?? []).map((name) => [
    name,
    known[name]?.enum?.[0] ?? FILLED.get(known[name]?.type) ?? null,
  ]);
  return { name: tool.name, arguments: Object.fromEntries([...filled, ...given]) };
};
