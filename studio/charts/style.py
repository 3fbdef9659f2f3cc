"""The style sheet of charts, tables and figures."""

from studio import theme

SHEET = f"""
.as-figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 1px;
  background: {theme.PANEL}; border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; overflow: hidden; }}
.as-figure {{ outline: 1px solid {theme.BORDER}; padding: 10px 12px; min-width: 0; }}
.as-figure-label {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-figure-value {{ font-size: 17px; line-height: 24px; font-weight: 600; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }}
.as-figure-unit {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; font-weight: 400; margin-left: 4px; }}
.as-charts {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: {theme.SPACE_3}; }}
.as-chart {{ background: {theme.PANEL}; border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS};
  padding: {theme.SPACE_3}; min-width: 0; }}
.as-chart-head {{ display: flex; gap: {theme.SPACE_3}; align-items: baseline; justify-content: space-between;
  margin-bottom: {theme.SPACE_2}; }}
.as-chart-title {{ font-weight: 600; }}
.as-chart-note {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-legend {{ display: flex; flex-wrap: wrap; gap: 4px 14px; margin-bottom: {theme.SPACE_2}; font-size: {theme.TEXT_SMALL};
  line-height: 16px; color: {theme.MUTED}; }}
.as-legend-entry {{ display: inline-flex; align-items: center; gap: 6px; }}
.as-legend-mark {{ width: 10px; height: 3px; border-radius: 2px; background: var(--as-series); }}
.as-legend-last {{ color: {theme.INK}; font-variant-numeric: tabular-nums; }}
.as-bars {{ display: grid; gap: 3px; max-height: 460px; overflow: auto; }}
.as-bar-row {{ display: grid; grid-template-columns: 88px minmax(0, 1fr); gap: {theme.SPACE_2}; align-items: center;
  font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-bar-label {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-bar-part {{ display: grid; grid-template-columns: minmax(0, 1fr) 64px; gap: {theme.SPACE_2}; align-items: center; }}
.as-bar-track {{ position: relative; height: 12px; }}
.as-bar-zero {{ position: absolute; top: -2px; bottom: -2px; left: var(--as-zero); width: 1px; background: {theme.BORDER_STRONG}; }}
.as-bar-fill {{ position: absolute; top: 0; bottom: 0; border-radius: 2px; background: var(--as-series); }}
.as-bar-value {{ text-align: right; font-variant-numeric: tabular-nums; }}
.as-table-box {{ overflow: auto; max-height: 420px; border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS};
  background: {theme.PANEL}; }}
.as-table {{ border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; }}
.as-table th {{ position: sticky; top: 0; background: {theme.RAISED}; color: {theme.MUTED}; font-weight: 500; text-align: left;
  border-bottom: 1px solid {theme.BORDER}; white-space: nowrap; }}
.as-table th, .as-table td {{ padding: 5px 12px; font-size: 12px; line-height: 16px; }}
.as-table td {{ white-space: nowrap; max-width: 360px; overflow: hidden; text-overflow: ellipsis; }}
.as-table tr + tr td {{ border-top: 1px solid {theme.BORDER}; }}
.as-table tr:hover td {{ background: {theme.HOVER}; }}
.as-table [data-numeric=true] {{ text-align: right; }}
.as-prose {{ white-space: pre-wrap; max-width: 80ch; overflow-wrap: anywhere; }}
.as-code {{ white-space: pre-wrap; overflow: auto; max-height: 320px; margin: 0; padding: 10px 12px; font-family: {theme.MONO};
  font-size: 12px; line-height: 18px; background: {theme.SUNKEN}; border: 1px solid {theme.BORDER};
  border-radius: {theme.RADIUS}; overflow-wrap: anywhere; }}
.as-part-title {{ font-weight: 600; margin-bottom: {theme.SPACE_1}; }}
.recharts-surface:focus {{ outline: none; }}
"""
