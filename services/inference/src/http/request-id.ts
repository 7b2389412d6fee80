import { randomUUID } from 'node:crypto';

/** What a client may choose as the id of its request; anything else gets a new one. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** @param given the header or metadata entry `x-request-id` */
export function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
