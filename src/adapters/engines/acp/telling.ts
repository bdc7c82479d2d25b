/** Tells what an agent does as the output of its turn. */
import { type Call, type Calls, upsertCall } from '../../../core/acp/calls.ts';
import { UPDATES } from '../../../core/acp/shapes.ts';
import { callLine, NOTHING_TOLD, planLine, tellPart, usageLine } from '../../../core/acp/told.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { TurnProcess } from '../turn-process.ts';

type Part = Parameters<typeof tellPart>[1];

export class Telling {
  readonly #running: TurnProcess;
  #told = NOTHING_TOLD;
  #calls: Calls = new Map();

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
    const part = this.#partOf(update);
    if (part) this.#tell(part);
  }

  #partOf(update: { sessionUpdate: string }): Part | null {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
      case 'agent_thought_chunk': {
        const { data } = readShape(UPDATES.agent_message_chunk, update);
        const is = update.sessionUpdate === 'agent_message_chunk' ? 'text' : 'thought';
        return data ? { is, text: data.content.text } : null;
      }
      case 'tool_call':
      case 'tool_call_update': {
        const { data } = readShape(UPDATES.tool_call, update);
        return data ? this.#callOf(data) : null;
      }
      case 'plan': {
        const { data } = readShape(UPDATES.plan, update);
        return data ? { is: 'line', text: planLine(data) } : null;
      }
      case 'usage_update': {
        const { data } = readShape(UPDATES.usage_update, update);
        return data ? { is: 'line', text: usageLine(data) } : null;
      }
      default:
        return null;
    }
  }

  #callOf(told: Parameters<typeof upsertCall>[1]): Part | null {
    const { calls, call, isNews } = upsertCall(this.#calls, told);
    this.#calls = calls;
    return isNews ? { is: 'line', text: callLine(call) } : null;
  }

  #tell(part: Part): void {
    this.#told = tellPart(this.#told, part);
    this.#running.say(Buffer.from(this.#told.text));
  }
}
