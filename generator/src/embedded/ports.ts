import { createServer } from 'node:net';
import { Failure } from '../errors.js';
import type { ProcessPlan } from './plan.js';

/** Throws a Failure that names every port which another program holds, or which two of our processes want. */
export async function assertPortsFree(plans: readonly ProcessPlan[]): Promise<void> {
  const wanted = plans.flatMap(({ name, service, ports }) => ports.map(({ port }) => ({ name, service, port })));
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const { name, service, port } of wanted) {
    const other = seen.get(port);
    if (other !== undefined) problems.push(`port ${String(port)} is wanted by both ${other} and ${name}`);
    else if (!(await isFree(port)))
      problems.push(`port ${String(port)}, which ${name} listens on (${service}.config.port), is in use`);
    seen.set(port, name);
  }
  if (problems.length === 0) return;
  throw new Failure(problems.join('; '), {
    hint: `end the program that holds it (find it with: lsof -i :${String(wanted[0]?.port)}) and start again`,
  });
}

/** Both on every address and on loopback alone: some systems let one of the two pass beside the other. */
async function isFree(port: number): Promise<boolean> {
  for (const host of [undefined, '127.0.0.1']) if (!(await canListen(port, host))) return false;
  return true;
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
