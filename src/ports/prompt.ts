/** Questions to a person at a terminal. */

/** Questions to a person at a terminal. */
export interface Prompt {
  readonly interactive: boolean;
  confirm(question: string): Promise<boolean>;
  secret(question: string): Promise<string>;
}
