/** Where records are from: the federation, its Host, and the program that writes them. */
export type AuditSource = {
  /** Graph id of the federation. */
  graph: string;
  /** Public key of the Host, hex. */
  host: string;
  version: string;
};
