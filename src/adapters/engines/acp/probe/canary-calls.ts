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
  /^(?:bash|shell|terminal|exec|run|(?:run|exec|execute)_?(?:shell_?|terminal_?)?command|developer__shell)$/i;
/** By which an agent starts others. */
const STARTS = /^(?:task|agent|subagent|(?:spawn|run|start|delegate)_?(?:task|agent|subagent))$/i;
const WRITES = /^(?:write|write_?file|create_?file|write_to_file)$/i;
/** Of an agent whose edits are a command that is told a patch. */
const PATCHES = /^exec_command$/;
const PROMPTS = ['prompt', 'task', 'instructions'];
const COMMAND_NAMES = ['command', 'cmd'];
const CONTENTS = ['content', 'contents', 'text', 'file_text'];
/** What is asked for beside it, by the type that its schema names. */
const FILLED: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['string', 'probe'],
  ['boolean', false],
  ['number', 1],
  ['integer', 1],
]);

const same = (names: readonly string[], value: string) => names.map((name) => [name, value] as const);

/** As models of an agent that has a fence of its own ask to be let out of it; what only reads needs none of that. */
const ESCALATED = [
  ['sandbox_permissions', 'require_escalated'],
  ['justification', 'probe'],
] as const;
const patchOf = (path: string): string =>
  [
    ...["apply_patch <<'END'", '*** Begin Patch', `*** Add File: ${path}`, '+made'],
    ...['*** End Patch', 'END'],
  ].join('\n');

type Values = readonly (readonly [string, string])[];
/** `beside`: what it is given too, where it knows that. */
type WantedCall = { names: RegExp; values: Values; least: number; beside?: Values };
/** The first of them for which the agent has a tool. */
const WANTED: Readonly<Record<Canary['kind'], (path: string) => WantedCall[]>> = {
  command: (path) => [
    {
      ...{ names: COMMANDS, values: same(COMMAND_NAMES, canaryCommand('command', path)), least: 1 },
      beside: ESCALATED,
    },
  ],
  look: (path) => [{ names: COMMANDS, values: same(COMMAND_NAMES, canaryCommand('look', path)), least: 1 }],
  edit: (path) => [
    { names: WRITES, values: [...same(FILE_NAMES, path), ...same(CONTENTS, 'made\n')], least: 2 },
    { names: PATCHES, values: [['cmd', patchOf(path)]], least: 1 },
  ],
  outside: (path) => WANTED.edit(path),
  subagent: (path) => {
    const words = `Run this command: ${canaryCommand('subagent', path)}`;
    return [{ names: STARTS, values: same(PROMPTS, words), least: 1 }];
  },
};

/** Null where the agent offers no tool for it that is known here. */
export const callFor = (
  { tools = [] }: ModelAsked,
  { kind }: Pick<Canary, 'kind'>,
  path: string,
): ModelCall | null => {
  const all = tools.map((one) => one.function);
  const wanted = WANTED[kind](path).find(({ names }) => all.some(({ name }) => names.test(name)));
  const tool = all.find(({ name }) => wanted?.names.test(name));
  if (wanted === undefined || tool === undefined) return null;
  const known = tool.parameters?.properties ?? {};
  const knownOf = (values: Values = []) => values.filter(([name]) => Object.hasOwn(known, name));
  const given = knownOf(wanted.values);
  if (given.length < wanted.least) return null;
  const filled = (tool.parameters?.required ?? []).map((name) => [
    name,
    known[name]?.enum?.[0] ?? FILLED.get(known[name]?.type) ?? null,
  ]);
  const values = [...filled, ...given, ...knownOf(wanted.beside)];
  return { name: tool.name, arguments: Object.fromEntries(values) };
};
