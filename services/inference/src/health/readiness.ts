import { Injectable } from '@nestjs/common';

/** Whether this process should be sent requests. */
@Injectable()
export class Readiness {
  private isServing: (() => boolean) | undefined;
  private isDraining = false;

  /** The models are loaded; from now on `isServing` says whether they can be used. */
  watch(isServing: () => boolean): void {
    this.isServing = isServing;
  }

  /** The process is about to end. There is no way back. */
  drain(): void {
    this.isDraining = true;
  }

  get draining(): boolean {
    return this.isDraining;
  }

  /** Why not ready; undefined when ready. */
  get obstacle(): string | undefined {
    if (this.isDraining) return 'shutting down';
    if (!this.isServing) return 'models are loading';
    return this.isServing() ? undefined : 'no worker is alive';
  }
}
