import { expect, test } from 'vitest';
import { exampleTask } from './up-engine.ts';

const COMMAND = `printf 'hello\\n' > hello.txt`;
const WORDS = 'write the word hello into the file hello.txt';

test.each([
  [null, COMMAND],
  ['bash -e "$ENTANGLE_TASK_FILE"', COMMAND],
  ['/bin/sh $ENTANGLE_TASK_FILE', COMMAND],
  ['zsh', COMMAND],
  [' dash -eu ', COMMAND],
  ['claude --print', WORDS],
  ['my-agent "$(cat "$ENTANGLE_TASK_FILE")"', WORDS],
  ['bash my-agent.sh', WORDS],
  ["bash -c 'my-agent < $ENTANGLE_TASK_FILE'", WORDS],
  ['/opt/fish', WORDS],
])('to the engine %s the task is proposed that it can do', (engine, task) => {
  expect(exampleTask(engine)).toBe(task);
});
