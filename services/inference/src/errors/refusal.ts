/**
 * An error that is an answer to the client. It has no stack trace: nobody looks for the place in the code, and making one
 * would be a fifth of the work of refusing a request when there is too much of it.
 */
export class Refusal extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
