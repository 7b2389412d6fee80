/* eslint-disable @typescript-eslint/no-deprecated -- Grafana provisions only the classic form from files; the newer one is
   refused: https://github.com/grafana/grafana/issues/122663 */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { type Group, STORE } from './panels.js';

export type ClassicDashboard = Dashboard;

/** Columns of Grafana's grid. */
const WIDTH = 24;

/** Events drawn as vertical lines through every panel. */
export interface Events {
  name: string;
  color: string;
  /** A query that has a value where an event happened, or, with `at`, whose value is the time of it. */
  expr: string;
  /** `milliseconds`: the value is the Unix time of the event. */
  at?: 'milliseconds';
  /** Names of the labels that are shown with the event. */
  labels: string[];
}

interface Description {
  uid: string;
  title: string;
  description: string;
  /** Metric whose label `namespace` gives the choice of namespaces; undefined for a dashboard without that choice. */
  namespacesOf?: string;
  events: Events[];
  groups: Group[];
}

/** A dashboard in the classic form, the only one that Grafana provisions from files. */
export function dashboard(about: Description): ClassicDashboard {
  const board = new DashboardBuilder(about.title)
    .uid(about.uid)
    .description(about.description)
    .tags(['ml-platform'])
    .readonly()
    .version(1)
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('15s')
    .time({ from: 'now-30m', to: 'now' })
    .annotations(about.events.map(annotation));
  if (about.namespacesOf !== undefined) board.withVariable(namespaces(about.namespacesOf));
  place(about.groups, board);
  return board.build();
}

/** Lays the groups out one below the other. */
function place(groups: Group[], board: Pick<DashboardBuilder, 'withPanel' | 'withRow'>): void {
  let id = 0;
  let y = 0;
  for (const { title, rows } of groups) {
    board.withRow(new RowBuilder(title).id(++id).gridPos({ x: 0, y: y++, w: WIDTH, h: 1 }));
    for (const { height, panels } of rows) {
      const w = Math.floor(WIDTH / panels.length);
      panels.forEach((panel, index) => board.withPanel(panel.id(++id).gridPos({ x: index * w, y, w, h: height })));
      y += height;
    }
  }
}

function namespaces(metric: string): QueryVariableBuilder {
  return new QueryVariableBuilder('namespace')
    .label('Namespace')
    .datasource(STORE)
    .query({ query: `label_values(${metric}, namespace)`, refId: 'namespace' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

function annotation({ name, color, expr, at, labels }: Events): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(STORE)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step('15s')
    .useValueForTime(at === 'milliseconds')
    .titleFormat(name)
    .textFormat(labels.map((label) => `{{${label}}}`).join(' '))
    .tagKeys(labels.join(','))
    .target(new DataqueryBuilder().datasource(STORE).refId('events').expr(expr).range());
}
