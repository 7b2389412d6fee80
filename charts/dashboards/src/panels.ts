import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DataSourceRef,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The data source that the chart provisions. */
export const STORE: DataSourceRef = { type: 'prometheus', uid: 'victoriametrics' };

/** A panel whose place the dashboard has yet to give it. */
export interface Unplaced {
  build(): Panel;
  id(id: number): this;
  gridPos(place: { x: number; y: number; w: number; h: number }): this;
}

/** Panels under one heading. */
export interface Group {
  title: string;
  /** Rows of panels; those of one row share its width of 24 evenly. */
  rows: { height: number; panels: Unplaced[] }[];
}

/** Query and legend, in which `{{label}}` stands for the value of a label. */
export type Query = readonly [expr: string, legend: string];

interface About {
  title: string;
  description: string;
  /** One of Grafana's unit names: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  unit: string;
  queries: readonly Query[];
  min?: number;
  max?: number;
  /** Whether its values are counts of things: its axis has no halves of them. */
  whole?: boolean;
}

/** Lines over time. */
export function lines({ stacked = false, ...about }: About & { stacked?: boolean }): Unplaced {
  const panel = new TimeSeriesBuilder()
    .drawStyle(common.GraphDrawStyle.Line)
    .fillOpacity(stacked ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (stacked) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  return dressed(panel, about, (query) => query.range());
}

/**
 * The value of now, above its course.
 * @param steps colours from these values on; without them the value has none
 */
export function stat({ steps, ...about }: About & { steps?: Threshold[] }): Unplaced {
  const panel = new StatBuilder()
    .colorMode(steps ? common.BigValueColorMode.Value : common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (steps) panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
  return dressed(panel, about, (query) => query.range());
}

/**
 * One line for each series that there is now.
 * @param columns label and heading of each column, in their order; `Value` is the value. Others are not shown.
 */
export function table({ columns, ...about }: About & { columns: Record<string, string> }): Unplaced {
  const panel = new TableBuilder()
    .showHeader(true)
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: Object.keys(columns) } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(Object.keys(columns).map((label, index) => [label, index])),
        renameByName: columns,
      },
    });
  return dressed(panel, about, (query) => query.instant().format(PromQueryFormat.Table));
}

/** Green until it is bad: colours of a value that should be low. */
export function bad(orange: number, red: number): Threshold[] {
  return [
    { value: null, color: 'green' },
    { value: orange, color: 'orange' },
    { value: red, color: 'red' },
  ];
}

/** Red until it is good: colours of a value that should be high. */
export function good(least: number): Threshold[] {
  return [
    { value: null, color: 'red' },
    { value: least, color: 'green' },
  ];
}

type Styled = StatBuilder | TableBuilder | TimeSeriesBuilder;

/** What every panel has. */
function dressed(panel: Styled, about: About, mode: (query: DataqueryBuilder) => DataqueryBuilder): Unplaced {
  panel.title(about.title).description(about.description).unit(about.unit).datasource(STORE);
  panel.min(about.min ?? 0);
  if (about.max !== undefined) panel.max(about.max);
  if (about.whole) panel.decimals(0);
  about.queries.forEach(([expr, legend], index) => {
    const query = new DataqueryBuilder().datasource(STORE).refId(String.fromCharCode(65 + index));
    panel.withTarget(mode(query.expr(expr).legendFormat(legend)));
  });
  return panel;
}
