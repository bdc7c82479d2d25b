/** Questions to a person at a terminal. */
export interface Prompt {
  readonly interactive: boolean;
  /** `instead`: what a command line says where nobody can be asked. */
  confirm(question: string, instead: string): Promise<boolean>;
  /** A line as it was typed, without white space around it. */
  line(question: string, instead: string): Promise<string>;
  secret(question: string): Promise<string>;
}
