import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { hostname } from 'node:os';
import { SERVICE, VERSION } from '../service-info.js';
import { Tracing } from './tracing.js';

/** Milliseconds for one request to the collector. */
const EXPORT_TIMEOUT = 5_000;

/**
 * Traces that go to a collector in batches; beyond the 2048 spans that the SDK keeps they are dropped.
 * @param url of the collector's OTLP/HTTP endpoint for traces
 */
export function exportingTracer(url: string, sampleRatio: number): Tracing {
  const provider = new BasicTracerProvider({
    // In a pod the host name is the pod's.
    resource: resourceFromAttributes({
      'service.name': SERVICE,
      'service.version': VERSION,
      'service.instance.id': hostname(),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT }))],
  });
  return new Tracing(provider.getTracer(SERVICE, VERSION), () => provider.shutdown().catch(() => undefined));
}
