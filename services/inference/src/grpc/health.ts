import { type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import type { Readiness } from '../health/readiness.js';

interface Request {
  service: string;
}
interface Response {
  status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}
type Watcher = ServerWritableStream<Request, Response>;

/** Names that can be asked for; empty is the server as a whole. All are ready together. */
const SERVICES = new Set(['', 'inference.GRPCInferenceService']);
/** Milliseconds between looks at the readiness, while somebody watches: a matter of workers, it has no event of its own. */
const WATCH_INTERVAL = 1000;

/** The standard health service: what `GET /ready` says, for clients and probes of gRPC. */
export class Health {
  private readonly watchers = new Map<Watcher, Response['status']>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly readiness: Readiness) {}

  readonly methods = {
    Check: ({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
      const status = this.statusOf(request);
      if (status !== 'SERVICE_UNKNOWN') callback(null, { status });
      else callback({ code: Status.NOT_FOUND, details: `there is no service ${request.service} here` });
    },
    Watch: (call: Watcher): void => {
      call.once('cancelled', () => {
        this.forget(call);
      });
      this.tell(call);
      this.timer ??= setInterval(() => {
        for (const watcher of this.watchers.keys()) this.tell(watcher);
      }, WATCH_INTERVAL);
    },
  };

  /** Tells the watchers that it is over. */
  close(): void {
    for (const watcher of [...this.watchers.keys()]) {
      if (this.watchers.get(watcher) === 'SERVING') watcher.write({ status: 'NOT_SERVING' });
      watcher.end();
      this.forget(watcher);
    }
  }

  private tell(watcher: Watcher): void {
    const status = this.statusOf(watcher.request);
    if (this.watchers.get(watcher) === status) return;
    this.watchers.set(watcher, status);
    watcher.write({ status });
  }

  private forget(watcher: Watcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private statusOf({ service }: Request): Response['status'] {
    if (!SERVICES.has(service)) return 'SERVICE_UNKNOWN';
    return this.readiness.obstacle === undefined ? 'SERVING' : 'NOT_SERVING';
  }
}
