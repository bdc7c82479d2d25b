/** What an editor says over the Agent Client Protocol, version 1, as far as `user acp` listens; the line bounds all texts. */
import * as z from 'zod';
import { MAX_EDITOR } from '../bounds.ts';

const id = z.string().min(1).max(256);
const directory = z.string().min(1).max(4096);

export const initializeAsked = z.looseObject({ protocolVersion: z.int().min(0) });
const servers = z.array(z.unknown()).max(256).optional();
export const sessionWanted = z.looseObject({ cwd: directory, mcpServers: servers });
export const sessionLoaded = sessionWanted.extend({ sessionId: id });
export const sessionsListed = z.looseObject({
  cwd: directory.nullish(),
  cursor: z.string().max(32).nullish(),
});
export const optionSet = z.looseObject({ sessionId: id, configId: id, value: id });
export const turnCancelled = z.looseObject({ sessionId: id });

const block = z.looseObject({ type: z.string().max(64) });
export type PromptBlock = z.output<typeof block>;
export const prompted = z.looseObject({ sessionId: id, prompt: z.array(block).max(MAX_EDITOR.blocks) });

export const textBlock = z.looseObject({ text: z.string() });
const place = z.string().min(1).max(8192);
export const linkBlock = z.looseObject({ uri: place, name: z.string().max(4096) });
export const resourceBlock = z.looseObject({
  resource: z.union([z.object({ uri: place, text: z.string() }), z.object({ uri: place, blob: z.string() })]),
});
