import { expect, test } from 'vitest';
import { memoryNeed } from './memory.ts';

const agent = { type: 'acp', auth: 'none' } as const;
test.each([
  ['a command takes none that is counted', { type: 'exec', auth: 'none', command: ['true'] }, 0],
  ['a known agent what is known of it', { ...agent, profile: 'qwen' }, 448],
  ['one that was not measured as much as any', { ...agent, profile: 'codex' }, 512],
  ['as much as any', { ...agent, command: ['x'] }, 512],
  ['what the graph says', { ...agent, profile: 'qwen', memory: 2048 }, 2048],
] as const)('%s', (_, engine, need) => expect(memoryNeed(structuredClone(engine) as never)).toBe(need));
