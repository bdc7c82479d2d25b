/** Questions to a person at a terminal. */

/** Questions to a person at a terminal. */
export interface Prompt {
  readonly interactive: boolean;
  /** `instead`: what a command line says where nobody can be asked. */
  confirm(question: string, instead: string): Promise<boolean>;
  secret(question: string): Promise<string>;
}
