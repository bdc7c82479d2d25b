/** What the agent of the tests does with files: `propose` asks about a change, `make` then makes it, `put` has its runner write one. */
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AgentContext, RequestPermissionResponse } from '@agentclientprotocol/sdk';

type At = { sessionId: string; place(path: string): string };
type Deed = (client: AgentContext, rest: string) => Promise<string>;

/** Each takes a path and a text, and says what came of it. */
export const editDeeds = ({
  sessionId,
  place,
}: At): Readonly<Record<'propose' | 'make' | 'part' | 'put' | 'swap', Deed>> => {
  const proposing = async (client: AgentContext, rest: string, before: (at: string) => string | null) => {
    const [path = '', ...words] = rest.split(' ');
    const at = place(path);
    const oldText = before(at);
    const toolCall = {
      ...{ toolCallId: `e-${path}`, kind: 'edit' as const, title: `Edit ${path}` },
      content: [{ type: 'diff' as const, path: at, oldText, newText: words.join(' ') }],
    };
    const options = [
      { kind: 'allow_once' as const, optionId: 'once', name: 'once' },
      { kind: 'reject_once' as const, optionId: 'no', name: 'no' },
    ];
    const asked = { sessionId, toolCall, options };
    const { outcome } = await client.request<RequestPermissionResponse>('session/request_permission', asked);
    return `proposed ${outcome.outcome === 'selected' ? outcome.optionId : outcome.outcome}\n`;
  };
  const propose: Deed = (client, rest) =>
    proposing(client, rest, (at) => (existsSync(at) ? readFileSync(at, 'utf8') : null));
  return {
    propose,
    async make(client, rest) {
      const [path = '', ...words] = rest.split(' ');
      const said = await propose(client, rest);
      if (said === 'proposed once\n') writeFileSync(place(path), words.join(' '));
      return said;
    },
    /** As agents do that replace a part: what was there need not be all of the file. */
    part: (client, rest) => proposing(client, rest, () => 'a part'),
    async put(client, rest) {
      const [path = '', ...words] = rest.split(' ');
      const asked = { sessionId, path: place(path), content: words.join(' ').replaceAll('\\n', '\n') };
      return client.request('fs/write_text_file', asked).then(
        () => `put ${path}\n`,
        (error) => `not put ${JSON.stringify(error.message)}\n`,
      );
    },
    /** `PATH TO`: a link to a file stands there from now on. */
    async swap(_, rest) {
      const [path = '', to = ''] = rest.split(' ').map(place);
      if (existsSync(path)) renameSync(path, `${path}.was`);
      symlinkSync(to, path);
      return 'swapped\n';
    },
  };
};
