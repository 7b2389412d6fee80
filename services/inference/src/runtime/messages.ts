import type { LoadedModel } from '../models/model.repository.js';

/** What a worker is given at its start. */
export interface WorkerData {
  models: LoadedModel[];
}

/** One prediction to make. */
export interface Task {
  type: 'task';
  id: number;
  model: string;
  input: unknown;
}

/** What a worker is told: a task, or to end when it has nothing left to do. */
export type WorkerOrder = Task | { type: 'close' };

/** What a worker says: once that it is ready, then one answer for each task. */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'done'; id: number; output: unknown; seconds: number }
  | { type: 'failed'; id: number; message: string };
