/** A command in a real pseudo-terminal, made by python3: typed ahead where a test says so, answered when it asks. */
import { spawn, spawnSync } from 'node:child_process';

const PROGRAM = `
import json, os, pty, re, sys
dialog, early, command = json.loads(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
typed, tell = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.read(typed, 1)
    os.execvp(command[0], command)
os.write(terminal, early)
os.write(tell, b'.')
said = b''
all = b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    said += part
    all += part
    sys.stdout.buffer.write(part)
    while dialog and dialog[0]['asked'].encode() in said:
        turn = dialog.pop(0)
        said = said.split(turn['asked'].encode(), 1)[1]
        shown = re.search(turn.get('shown', '()').encode(), all)
        os.write(terminal, turn['answer'].encode().replace(b'SHOWN', shown.group(1) if shown else b''))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

/** False, and one line that says so, where no pseudo-terminal can be made. */
export const hasTerminal = (): boolean => {
  const isThere = spawnSync('python3', ['-c', 'import pty, os; os.close(pty.openpty()[0])']).status === 0;
  if (!isThere) console.log('passed over: no python3 with pty here, so nothing ran in a pseudo-terminal');
  return isThere;
};

/** SHOWN in an answer is the first group of `shown`, as the screen has it. */
export type Turn = { asked: string; answer: string; shown?: string };

/** Types `early` before the command starts, and each answer when the text before it was shown. */
export const inTerminal = (
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  dialog: Turn | readonly Turn[],
  early = '',
): Promise<{ code: number | null; screen: string }> => {
  const child = spawn('python3', ['-c', PROGRAM, JSON.stringify([dialog].flat()), early, ...command], {
    env,
    stdio: 'pipe',
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  child.stdin.end();
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, screen })));
};
