/** An SSH key of a person: in an agent, on a token, or in a file. */
export type SshSigner = {
  /** As the graph has it. */
  readonly key: string;
  /** In base64, for that namespace; throws `denied` with what the key’s keeper said. May wait for a person. */
  sign(line: string, namespace: string): Promise<string>;
};
