import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { isHousekeeping } from '../http/route-table.js';
import { QuickCounter, QuickHistogram } from './quick-metrics.js';

/** One label value for all unknown paths: a scan must not create a series for each path it tries. */
const UNMATCHED = 'unmatched';
/** Seconds. A request is a millisecond of work plus its wait in the queue, so the buckets are dense below 0.1. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds. The models of this service take tens of microseconds to milliseconds. */
const MODEL_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** The metrics of requests, whatever model or none they are for. */
@Injectable()
export class RequestMetrics {
  private readonly requests = new QuickCounter({
    name: 'inference_requests_total',
    help: 'Requests answered, by route and HTTP status',
    labelNames: ['endpoint', 'status'],
  });
  private readonly duration = new QuickHistogram({
    name: 'inference_request_duration_seconds',
    help: 'Seconds from the head of a request to the end of its answer, by route',
    labelNames: ['endpoint'],
    buckets: REQUEST_BUCKETS,
  });
  private readonly modelDuration = new QuickHistogram({
    name: 'model_inference_duration_seconds',
    help: 'Seconds that a model ran, features included, without the wait for a worker',
    labelNames: ['model'],
    buckets: MODEL_BUCKETS,
  });

  /** Requests being answered. */
  private active = 0;

  constructor() {
    const active = () => this.active;
    new Gauge({
      name: 'inference_active_requests',
      help: 'Requests being answered, without probes and scrapes',
      collect() {
        this.set(active());
      },
    });
  }

  /**
   * A request has come in.
   * @param template its route, undefined when there is none
   * @returns to be called once when it has been answered, with the HTTP status and the seconds it took
   */
  begin(template: string | undefined): (status: number, seconds: number) => void {
    const endpoint = template ?? UNMATCHED;
    // With probes and scrapes an idle service would never show 0.
    const counted = !isHousekeeping(endpoint);
    if (counted) this.active += 1;
    return (status, seconds) => {
      if (counted) this.active -= 1;
      this.requests.inc(endpoint, String(status));
      this.duration.observe(seconds, endpoint);
    };
  }

  /** A model ran for `seconds`. */
  modelRan(model: string, seconds: number): void {
    this.modelDuration.observe(seconds, model);
  }
}
