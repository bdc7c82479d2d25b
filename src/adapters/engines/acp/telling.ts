/** Tells what an agent does as the output of its turn. */
import type * as z from 'zod';
import { type Call, type Calls, upsertCall } from '../../../core/acp/calls.ts';
import { type AgentCall, call, chunk, planned, used } from '../../../core/acp/shapes.ts';
import { callLine, NOTHING_TOLD, planLine, tellPart, usageLine } from '../../../core/acp/told.ts';
import { type TurnUsage, usageTold } from '../../../core/acp/usage.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { TurnProcess } from '../turn-process.ts';

type Part = Parameters<typeof tellPart>[1];
type Read = (update: unknown) => Part | null;
const read =
  <S extends z.ZodType>(shape: S, partOf: (told: z.output<S>) => Part | null): Read =>
  (update) => {
    const { data } = readShape(shape, update);
    return data === undefined ? null : partOf(data);
  };

export class Telling {
  readonly #running: TurnProcess;
  #told = NOTHING_TOLD;
  #calls: Calls = new Map();
  readonly #kinds: ReadonlyMap<string, Read> = new Map([
    ['agent_message_chunk', read(chunk, ({ content }) => ({ is: 'text', text: content.text }))],
    ['agent_thought_chunk', read(chunk, ({ content }) => ({ is: 'thought', text: content.text }))],
    ['tool_call', read(call, (told) => this.#callOf(told))],
    ['tool_call_update', read(call, (told) => this.#callOf(told))],
    ['plan', read(planned, (told) => ({ is: 'line', text: planLine(told) }))],
    ['usage_update', read(used, (told) => this.#used(told))],
  ]);

  /** As it was told of last, of the whole session. */
  usage: TurnUsage | undefined;

  constructor(running: TurnProcess) {
    this.#running = running;
  }

  /** As it was told of last. */
  callOf(id: string): Call | undefined {
    return this.#calls.get(id);
  }

  line(text: string): void {
    this.#tell({ is: 'line', text });
  }

  /** An update of the session; one that no person would read, or that has not its form, is passed over. */
  update(update: { sessionUpdate: string }): void {
    const part = this.#kinds.get(update.sessionUpdate)?.(update) ?? null;
    if (part) this.#tell(part);
  }

  #used(told: z.output<typeof used>): Part {
    // One without a cost leaves that as it was
    const usage = usageTold(told);
    this.usage = told.cost === undefined ? { ...this.usage, ...usage } : usage;
    return { is: 'line', text: usageLine(told) };
  }

  #callOf(told: AgentCall): Part | null {
    const { calls, call, isNews } = upsertCall(this.#calls, told);
    this.#calls = calls;
    return isNews ? { is: 'line', text: callLine(call) } : null;
  }

  #tell(part: Part): void {
    this.#told = tellPart(this.#told, part);
    this.#running.say(Buffer.from(this.#told.text));
  }
}
