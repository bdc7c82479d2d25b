/** A model that thinks of nothing, on this machine: it calls the tools that it is told to, one a step, in whichever API its agent speaks. */
import { CHAT } from '../../src/adapters/engines/acp/known-agents.ts';
import type { ModelAsked } from '../../src/adapters/engines/acp/probe/canary-calls.ts';
import { startProbeModel } from '../../src/adapters/engines/acp/probe/model.ts';

export type StubMessage = ModelAsked['messages'][number];
/** The first tool of such a name; of the values it gets those that it knows, since one that is given others refuses. */
export type StubStep = {
  tool: RegExp;
  args: Readonly<Record<string, unknown>>;
  /** Of an agent that has no such tool. */
  or?: StubStep;
};
export type StubModel = { endpoint: string; close(): void };

/** `next`: what it says after these messages; null that it is done. Whoever has another key is answered with nothing. */
export const startStubModel = (
  key: string,
  next: (messages: readonly StubMessage[]) => StubStep | null,
  api = CHAT,
): Promise<StubModel> =>
  startProbeModel({
    ...{ key, api },
    next({ messages, tools = [] }) {
      for (let step = tools.length > 0 ? next(messages) : null; step; step = step.or ?? null) {
        const { tool: name, args } = step;
        const tool = tools.map((one) => one.function).find((one) => name.test(one.name));
        if (tool === undefined) continue;
        const known = Object.keys(tool.parameters?.properties ?? {});
        const given = Object.entries(args).filter(([each]) => known.includes(each));
        return { name: tool.name, arguments: Object.fromEntries(given) };
      }
      return null;
    },
  });

export const running = (command: string): StubStep => ({
  tool: /bash|shell|^exec_command$/i,
  args: {
    ...{ command, cmd: command, description: 'a step', is_background: false },
    // Where its agent has a fence of its own, out of that
    ...{ sandbox_permissions: 'require_escalated', justification: 'a step' },
  },
});
/** A file by whatever names its tool has for path and content; else by the command that is told a patch. */
export const writing = (path: string, content: string): StubStep => ({
  tool: /^write(?!_stdin)/i,
  args: { path, file_path: path, filePath: path, content },
  or: {
    tool: /^exec_command$/,
    args: {
      cmd: [
        ...["apply_patch <<'END'", '*** Begin Patch', `*** Add File: ${path}`],
        ...content
          .trimEnd()
          .split('\n')
          .map((line) => `+${line}`),
        ...['*** End Patch', 'END'],
      ].join('\n'),
    },
  },
});
