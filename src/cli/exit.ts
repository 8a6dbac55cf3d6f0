/** Thrown by a command that has said all there is to say, and whose answer is also its exit code. Nothing more is printed. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.name = 'Exit';
    this.code = code;
  }
}
