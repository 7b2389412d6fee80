import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount, ProcessPlan } from './plan.js';

/** Writes the mounts of a process below `dir` and returns the plan with every path of a mount replaced by its place there. */
export async function placeMounts(plan: ProcessPlan, dir: string): Promise<ProcessPlan> {
  for (const { mountPath, files } of plan.mounts) {
    await mkdir(join(dir, mountPath), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, mountPath, name), text);
  }
  const place = relocate(plan.mounts, dir);
  const env = { TMPDIR: '/tmp', ...plan.env }; // where a program looks for /tmp unless told otherwise
  return {
    ...plan,
    args: plan.args.map(place),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, place(value)])),
  };
}

/** Replaces each mount path, whole path segments only, in one pass: a place may hold a mount path itself (`/tmp`). */
export function relocate(mounts: readonly Mount[], dir: string): (text: string) => string {
  const paths = mounts.map(({ mountPath }) => mountPath).sort((a, b) => b.length - a.length);
  if (paths.length === 0) return (text) => text;
  const escaped = paths.map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\w.-]|[\\w.-]/)(?:${escaped.join('|')})(?![\\w.-])`, 'g');
  return (text) => text.replace(pattern, (path) => join(dir, path));
}
