import { bad, type Group, lines, stat } from '../panels.js';

/** The metrics store itself. */
export const store: Group = {
  title: 'Metrics store',
  rows: [
    {
      height: 7,
      panels: [
        lines({
          title: 'Samples stored',
          description: 'Samples taken in per second.',
          unit: 'short',
          queries: [['sum(rate(vm_rows_added_to_storage_total[$__rate_interval]))', 'samples']],
        }),
        lines({
          title: 'Active series',
          description: 'Series with a sample in the last hour, and those made new within a day.',
          unit: 'short',
          queries: [
            ['max(vm_cache_entries{type="storage/hour_metric_ids"})', 'active'],
            ['sum(increase(vm_new_timeseries_created_total[1d]))', 'new in a day'],
          ],
        }),
        stat({
          title: 'Disk used',
          description: 'Share of the volume that holds the samples.',
          unit: 'percentunit',
          max: 1,
          steps: bad(0.8, 0.9),
          queries: [
            [
              'max(sum by (instance) (vm_data_size_bytes) / (sum by (instance) (vm_data_size_bytes) + max by (instance) (vm_free_disk_space_bytes)))',
              '',
            ],
          ],
        }),
        lines({
          title: 'Scrapes',
          description: 'Scrapes per second that failed, and those cut off at the sample limit.',
          unit: 'ops',
          queries: [
            ['sum(rate(vm_promscrape_scrapes_failed_total[$__rate_interval]))', 'failed'],
            ['sum(rate(vm_promscrape_scrapes_skipped_by_sample_limit_total[$__rate_interval]))', 'over the limit'],
          ],
        }),
      ],
    },
  ],
};
