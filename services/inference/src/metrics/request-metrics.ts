import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { isHousekeeping } from '../http/route-table.js';
import { ACTIVE_REQUESTS, MODEL_DURATION, REQUEST_DURATION, REQUESTS } from './names.js';

/** One label value for all unknown paths: a scan must not create a series for each path it tries. */
const UNMATCHED = 'unmatched';

/** The only writer of the service's own metrics. */
@Injectable()
export class RequestMetrics {
  constructor(
    @InjectMetric(REQUESTS) private readonly requests: Counter<'endpoint' | 'status'>,
    @InjectMetric(REQUEST_DURATION) private readonly duration: Histogram<'endpoint'>,
    @InjectMetric(ACTIVE_REQUESTS) private readonly active: Gauge,
    @InjectMetric(MODEL_DURATION) private readonly modelDuration: Histogram<'model'>,
  ) {}

  /**
   * A request has come in.
   * @param template its route, undefined when there is none
   * @returns to be called once when it has been answered, with the HTTP status and the seconds it took
   */
  begin(template: string | undefined): (status: number, seconds: number) => void {
    const endpoint = template ?? UNMATCHED;
    // With probes and scrapes an idle service would never show 0.
    const counted = !isHousekeeping(endpoint);
    if (counted) this.active.inc();
    return (status, seconds) => {
      if (counted) this.active.dec();
      this.requests.inc({ endpoint, status: String(status) });
      this.duration.observe({ endpoint }, seconds);
    };
  }

  /** A model ran for `seconds`. */
  modelRan(model: string, seconds: number): void {
    this.modelDuration.observe({ model }, seconds);
  }
}
