/** Whether a request of an agent is about one thing that a probe had it do, and nothing more: its very command, or its very file. */
import * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import type { BoundCall } from './binding.ts';
import type { Written } from './edit.ts';
import type { Canary } from './probe.ts';
import { shellText } from './terminal.ts';

/** `path`: where it makes its file; `workspace`: where its commands run. */
export type PlacedCanary = Pick<Canary, 'kind' | 'name'> & { path: string; workspace: string };
type Asked = Omit<BoundCall, 'operation'> & { written?: Written | null };

/** As short as may be: some agents cut what they show of a command. */
export const canaryCommand = (kind: Canary['kind'], name: string): string =>
  kind === 'look' ? 'ls' : `echo made > ${name}`;

/** How agents name the file of a call. */
export const FILE_NAMES = ['path', 'file_path', 'filePath', 'filename', 'absolute_path'];

const parts = z.array(z.looseObject({ path: z.unknown() })).optional();
/** Where a request names files, and how a terminal is given its words. */
const shape = z.looseObject({
  content: parts,
  locations: parts,
  rawInput: z.record(z.string(), z.unknown()).optional(),
  argv: z.array(z.string()).optional(),
  cwd: z.string().optional(),
});
const givenIn = ({ input }: Asked) => readShape(shape, JSON.parse(input ?? '{}')).data ?? {};

/** The text alone, or a shell that is given it, maybe after it went where it is; its environment is not looked at. */
const isRun = (asked: Asked, text: string, workspace: string): boolean => {
  const { argv = [], cwd } = givenIn(asked);
  if (cwd !== '.') return false;
  if (argv.length === 1) return argv[0] === text;
  const words = shellText(argv);
  return words === text || words === `cd '${workspace}' && ${text}`;
};

/** Where there are words alone, a line of them ends with it: what stands behind it would be done as well. */
const isSaid = ({ words }: Asked, text: string): boolean =>
  words.split('\n').some((line) => line === text || line.endsWith(` ${text}`));

const isCommand = (asked: Asked, { kind, name, workspace }: PlacedCanary): boolean => {
  const text = canaryCommand(kind, name);
  if (asked.binding === 'exact') return isRun(asked, text, workspace);
  return asked.command === null ? isSaid(asked, text) : asked.command === text;
};

const isFile = (asked: Asked, { path, name }: PlacedCanary): boolean => {
  if (asked.written) return asked.written.path === name;
  if (asked.command !== null) return false;
  const { content = [], locations = [], rawInput = {} } = givenIn(asked);
  const named = [...content, ...locations].map((one) => one.path);
  const all = [...named, ...FILE_NAMES.map((one) => rawInput[one])].filter((one) => one !== undefined);
  return all.length === 0 ? isSaid(asked, path) : all.every((one) => one === path);
};

export const isAbout = (asked: Asked, canary: PlacedCanary): boolean =>
  canary.kind === 'edit' || canary.kind === 'outside' ? isFile(asked, canary) : isCommand(asked, canary);
