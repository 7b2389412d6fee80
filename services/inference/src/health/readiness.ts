import { Injectable } from '@nestjs/common';

/** Whether this process should be sent requests. */
@Injectable()
export class Readiness {
  private findObstacle: (() => string | undefined) | undefined;
  private isDraining = false;

  /** The models are loaded; from now on `findObstacle` says why they cannot be used, undefined when they can. */
  watch(findObstacle: () => string | undefined): void {
    this.findObstacle = findObstacle;
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
    return this.findObstacle ? this.findObstacle() : 'models are loading';
  }
}
