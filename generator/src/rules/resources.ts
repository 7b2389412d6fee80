import { textOf } from '../fields.js';
import { isObject, type JsonObject } from '../model.js';
import { parseDuration, parseQuantity } from '../quantity.js';
import { partsWith, podsOf, type Rule } from './rule.js';

export const requestAboveLimit: Rule = {
  name: 'request-above-limit',
  description: 'A container asks for no more than it may use. The API server refuses its pods otherwise.',
  check: ({ values }) =>
    partsWith(values, 'requests').flatMap(({ at, part: { requests, limits } }) => {
      if (!isObject(requests) || !isObject(limits)) return [];
      return Object.entries(requests).flatMap(([key, request]) => {
        const [asked, allowed] = [parseQuantity(request), parseQuantity(limits[key])];
        if (asked === undefined || allowed === undefined || asked <= allowed) return [];
        return [
          {
            at: [...at, 'requests', key],
            with: [[...at, 'limits', key]],
            message: `the request for ${key} (${textOf(request)}) is above its limit (${textOf(limits[key])})`,
            hint: `ask for at most ${textOf(limits[key])}, or raise the limit`,
          },
        ];
      });
    }),
};

export const scrapeTimeout: Rule = {
  name: 'scrape-timeout',
  description:
    'A scrape is answered or given up before the next one starts. Metrics stores refuse their configuration otherwise.',
  check: ({ values }) =>
    partsWith(values, 'timeout').flatMap(({ at, part: { interval, timeout } }) => {
      const [every, most] = [parseDuration(interval), parseDuration(timeout)];
      if (every === undefined || most === undefined || most <= every) return [];
      return [
        {
          at: [...at, 'timeout'],
          with: [[...at, 'interval']],
          message: `a scrape may take ${textOf(timeout)}, but the next one starts after ${textOf(interval)}`,
          hint: `give timeout at most ${textOf(interval)}`,
        },
      ];
    }),
};

/** Series that a pod exposes, rounded up: a service of ours has a few hundred, the metrics store itself about 930. */
const SERIES_PER_POD = 1000;
/** Upper end of what VictoriaMetrics needs: https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#capacity-planning */
const BYTES_PER_SAMPLE = 1;
/** Merges of its parts need the rest of the volume (same page). */
const USABLE = 0.8;

export const retentionAboveVolume: Rule = {
  name: 'retention-above-volume',
  description:
    'The volume for metrics has room for all that is kept. A metrics store whose volume is full takes no more samples.',
  check: ({ values }) =>
    partsWith(values, 'retentionPeriod').flatMap(({ at, part: { retentionPeriod, persistence, scrape } }) => {
      if (!isObject(persistence) || persistence.enabled === false || !isObject(scrape)) return [];
      const [kept, interval] = [parseDuration(retentionPeriod), parseDuration(scrape.interval)];
      const size = parseQuantity(persistence.size);
      if (kept === undefined || interval === undefined || size === undefined) return [];
      const needed = (kept / interval) * countPods(values) * SERIES_PER_POD * BYTES_PER_SAMPLE;
      if (needed <= size * USABLE) return [];
      const room = `${String(Math.ceil(needed / USABLE / 2 ** 30))}Gi`;
      return [
        {
          severity: 'warning',
          at: [...at, 'retentionPeriod'],
          with: [
            [...at, 'persistence', 'size'],
            [...at, 'scrape', 'interval'],
          ],
          message: `metrics of ${textOf(retentionPeriod)} at one sample each ${textOf(scrape.interval)} may need ${room}, but the volume has ${textOf(persistence.size)}`,
          hint: `keep them for less time, scrape less often, or give the volume ${room}`,
        },
      ];
    }),
};

/** The most pods that the values allow, with one for each part that does not say. */
function countPods(values: JsonObject): number {
  return partsWith(values, 'image').reduce((sum, { part }) => sum + (podsOf(part)?.most ?? 1), 0);
}
