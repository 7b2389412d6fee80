// The client: HTTP/1.1 over plain sockets, because it shares the cores with what it measures.
import { connect } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { summary } from './statistics.mjs';

const END_OF_HEAD = '\r\n\r\n';
/** As every server here writes it. */
const CONTENT_LENGTH = '\r\ncontent-length: ';
const NOTHING = Buffer.alloc(0);
/** What all connections are read into, one after the other. */
const READ = Buffer.alloc(65536);

/** The bytes of a request; with a body it is a POST. */
export function requestOf(path, body) {
  if (body === undefined) return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const json = JSON.stringify(body);
  const length = `content-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(json))}`;
  return Buffer.from(`POST ${path} HTTP/1.1\r\nhost: localhost\r\n${length}\r\n\r\n${json}`);
}

/** A connection that is kept open; one request at a time. */
class Connection {
  open = true;
  #received = NOTHING;
  #settle;
  #bodies;

  /** @param bodies whether answers come with their bodies, as text */
  constructor(port, { bodies = false } = {}) {
    this.#bodies = bodies;
    const onread = { buffer: READ, callback: (length) => this.#take(READ.subarray(0, length)) };
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.socket.on('error', () => this.close());
    this.socket.on('close', () => this.close());
  }

  /** Resolves with the answer, of status 0 when none came before the connection ended. */
  send(request) {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.socket.write(request);
    });
  }

  /** With a reset: a connection that is closed in order keeps its port for a minute, and the ports would run out. */
  close() {
    if (!this.open) return;
    this.open = false;
    this.socket.resetAndDestroy();
    this.#answer({ status: 0 });
  }

  /** Takes a part of an answer, most often the whole of it. Returns that there may be more. */
  #take(bytes) {
    const received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const body = bodyOf(received);
    // The next read overwrites the bytes.
    this.#received = body === undefined ? Buffer.from(received) : NOTHING;
    if (body !== undefined) {
      const status = Number(received.latin1Slice(9, 12));
      this.#answer(this.#bodies ? { status, body: body.toString() } : { status });
    }
    return true;
  }

  #answer(answer) {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}

/** The bytes of an answer's body; undefined while it is not all there. */
function bodyOf(received) {
  const end = received.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const at = received.indexOf(CONTENT_LENGTH);
  if (at < 0 || at > end) throw new Error(`an answer without content-length: ${String(received)}`);
  const from = at + CONTENT_LENGTH.length;
  const start = end + END_OF_HEAD.length;
  const length = Number(received.latin1Slice(from, received.indexOf('\r\n', from)));
  return received.length < start + length ? undefined : received.subarray(start, start + length);
}

/**
 * A fixed number of clients, each of which sends its next request when it has the answer to the last.
 * @param requests sent in turn, again and again
 * @param warmUp seconds before the `seconds` that count
 */
export async function closedLoop({ port, requests, concurrency, warmUp, seconds }) {
  const from = performance.now() + warmUp * 1000;
  const until = from + seconds * 1000;
  const answers = [];
  let next = 0;
  const client = async () => {
    let connection = new Connection(port);
    for (let sent = performance.now(); sent < until; sent = performance.now()) {
      const { status } = await connection.send(requests[next++ % requests.length]);
      const now = performance.now();
      if (now >= from && now < until) answers.push({ status, milliseconds: now - sent });
      if (!connection.open) connection = await reconnected(port);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return summary(answers, seconds);
}

/** Whoever is turned away comes back a little later: not at once, which would be a load of its own. */
async function reconnected(port) {
  await sleep(10);
  return new Connection(port);
}

/** Milliseconds between two looks at the clock and at the answers. */
export const TICK = 5;
/** Asleep between them: to be woken for each answer takes more of the cores than the answer does, and from the server. */
const doze = () => Atomics.wait(NEVER_WOKEN, 0, 0, TICK);
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * Requests at a constant rate, whatever becomes of those before; times count from when a request was due. Nobody waits
 * longer than the deadline: then its connection is ended, and the request has the status 0.
 * @param deadline in seconds
 */
export async function openLoop({ port, requests, rate, warmUp, seconds, deadline }) {
  const free = [];
  /** In the order in which they were due. */
  const underWay = new Set();
  const answers = [];
  const start = performance.now();
  const from = start + warmUp * 1000;
  const until = from + seconds * 1000;
  const send = async (i) => {
    const due = start + (i * 1000) / rate;
    let connection = free.pop();
    while (connection && !connection.open) connection = free.pop();
    connection ??= new Connection(port);
    const call = { due, connection };
    underWay.add(call);
    const { status } = await connection.send(requests[i % requests.length]);
    const milliseconds = performance.now() - due;
    underWay.delete(call);
    if (connection.open) free.push(connection);
    if (due < from || due >= until) return;
    answers.push({ status: milliseconds > deadline * 1000 ? 0 : status, milliseconds });
  };
  for (let sent = 0, now = start; now < until || underWay.size > 0; now = performance.now()) {
    for (const { due, connection } of underWay) {
      if (now - due < deadline * 1000) break;
      connection.close();
    }
    while (now < until && start + (sent * 1000) / rate <= now) void send(sent++);
    // What was sent goes out, and what has come is taken.
    await turn();
    doze();
  }
  for (const connection of free) connection.close();
  return summary(answers, seconds);
}

/** Asks a path again and again, `every` milliseconds, until `until` settles. */
export async function probe({ port, path, every, until }) {
  const request = requestOf(path);
  const answers = [];
  let connection = new Connection(port);
  let over = false;
  void until.finally(() => (over = true));
  while (!over) {
    const sent = performance.now();
    const { status } = await connection.send(request);
    answers.push({ status, milliseconds: performance.now() - sent });
    if (!connection.open) connection = await reconnected(port);
    await sleep(every);
  }
  connection.close();
  return summary(answers, 1);
}

/** The body of the answer to each request, eight at a time. @throws Error for an answer other than 200 */
export async function ask({ port, requests }) {
  const bodies = [];
  let next = 0;
  const client = async () => {
    const connection = new Connection(port, { bodies: true });
    while (next < requests.length) {
      const i = next++;
      const { status, body } = await connection.send(requests[i]);
      if (status !== 200) throw new Error(`request ${String(i)} was answered ${String(status)}: ${String(body)}`);
      bodies[i] = JSON.parse(body);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: 8 }, client));
  return bodies;
}

/** Whether the path is answered 200 now. */
export async function isUp(port, path) {
  const connection = new Connection(port);
  const { status } = await connection.send(requestOf(path));
  connection.close();
  return status === 200;
}
