/** What a list calls a command: what a shell does there, and never another thing than it is given. */
import { expect, test } from 'vitest';
import { shellWord } from '../encoding/shell-word.ts';
import { commandTitle } from './command-title.ts';

const PLACE = '/var/tmp/entangle-turns/0197c606/work';
const given = (text: string, shell = '/bin/bash', flag = '-c') => `${shell} ${flag} ${shellWord(text)}`;

test.each([
  [given(`cd '${PLACE}' && echo hi`), 'cd … && echo hi'],
  [given(`cd ${PLACE} && echo "it's"`, 'sh', '-lc'), `cd … && echo "it's"`],
  [given('npm test', '/usr/bin/zsh'), 'npm test'],
  [`cd ${PLACE} && make`, 'cd … && make'],
])('%s is called %s', (command, title) => {
  expect(commandTitle(command)).toBe(title);
});

test.each([
  `${given('true')}; rm -rf ~`,
  `${given('true')} '; rm -rf ~'`,
  "/bin/bash -c 'true' 'more'",
  '/bin/bash -c true',
  "/tmp/bash -c 'true'",
  "bash -x -c 'true'",
  'cd / ; rm -rf *',
  'cd $(rm -rf ~) && true',
  `cd "$(rm -rf ~)" && true`,
  'cd a || rm -rf b && true',
  "bash -c '",
])('%s is called what it is', (command) => {
  expect(commandTitle(command)).toBe(command);
});
