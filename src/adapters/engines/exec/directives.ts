/** Structured requests of an engine: a line of JSON on descriptor 3, answered by a line on descriptor 4. */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

const LINE_BYTES = 16_384;
const AT_ONCE = 64;
/** Answers that the engine has not read: beyond this it is not listened to until it reads. */
const UNREAD_BYTES = 65_536;
const REFUSED = (code: string, message: string) => JSON.stringify({ ok: false, error: { code, message } });

/** Answers for as long as the child lives; too long a line ends the conversation, too many at once are refused. */
export const answerDirectives = (child: ChildProcess, answer: (line: string) => Promise<string>): void => {
  const requests = child.stdio[3] as Readable;
  const replies = child.stdio[4] as Writable;
  const ignore = () => undefined;
  requests.on('error', ignore);
  replies.on('error', ignore);
  let rest = Buffer.alloc(0);
  let underWay = 0;
  const reply = (text: string) => {
    replies.write(`${text}\n`);
    if (replies.writableLength > UNREAD_BYTES) requests.pause();
  };
  replies.on('drain', () => requests.resume());
  const take = (line: string): void => {
    if (line.trim() === '') return;
    if (underWay >= AT_ONCE) return void reply(REFUSED('too_many', `at most ${AT_ONCE} requests at once`));
    underWay += 1;
    answer(line)
      .catch((error: unknown) => REFUSED('failed', error instanceof Error ? error.message : String(error)))
      .then((text) => {
        underWay -= 1;
        reply(text);
      }, ignore);
  };
  requests.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(10); end >= 0 && end <= LINE_BYTES; end = rest.indexOf(10)) {
      take(rest.subarray(0, end).toString('utf8'));
      rest = rest.subarray(end + 1);
    }
    if (rest.length <= LINE_BYTES) return;
    rest = Buffer.alloc(0);
    reply(REFUSED('too_large', `a request has at most ${LINE_BYTES} bytes`));
    requests.destroy();
  });
};
