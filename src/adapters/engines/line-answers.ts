/** Lines that an engine writes, each answered by a line: bounded, whatever it writes and however little it reads. */
import type { Readable, Writable } from 'node:stream';

const AT_ONCE = 64;
/** Answers that the engine has not read: beyond this it is not listened to until it reads. */
const UNREAD_BYTES = 65_536;

export type LineAnswers = {
  lineBytes: number;
  /** Null answers nothing; `tell` says something before. */
  answer(line: string, tell: (text: string) => void): Promise<string | null>;
  refusal(code: string, message: string): string;
};

/** A refusal of a directive, as the runner says it too. */
export const refusedDirective = (code: string, message: string): string =>
  JSON.stringify({ ok: false, error: { code, message } });

/** Answers for as long as the engine is there; too long a line ends the conversation, too many at once are refused. */
export const answerLines = (
  requests: Readable,
  replies: Writable,
  { lineBytes, answer, refusal }: LineAnswers,
): void => {
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
    if (underWay >= AT_ONCE) return void reply(refusal('too_many', `at most ${AT_ONCE} requests at once`));
    underWay += 1;
    answer(line, reply)
      .catch((error: unknown) => refusal('failed', error instanceof Error ? error.message : String(error)))
      .then((text) => {
        underWay -= 1;
        if (text !== null) reply(text);
      }, ignore);
  };
  requests.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(10); end >= 0 && end <= lineBytes; end = rest.indexOf(10)) {
      take(rest.subarray(0, end).toString('utf8'));
      rest = rest.subarray(end + 1);
    }
    if (rest.length <= lineBytes) return;
    rest = Buffer.alloc(0);
    reply(refusal('too_large', `a request has at most ${lineBytes} bytes`));
    requests.destroy();
  });
};
