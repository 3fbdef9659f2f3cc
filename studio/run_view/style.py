"""The style sheet of the timeline, the inspection, the picture and the halt record."""

from studio import theme

_GREEN, _AMBER = "var(--as-green-ink)", "var(--as-amber-ink)"

SHEET = f"""
.as-dock {{ display: flex; flex-direction: column; min-height: 0; background: {theme.PANEL}; }}
.as-dock-body {{ display: grid; grid-template-columns: minmax(0, 1fr) auto; min-height: 0; flex: 1; }}
.as-dock-body:has(.as-inspect) {{ grid-template-columns: minmax(0, 1fr) min(480px, 46%); }}
.as-dock-main {{ min-height: 0; min-width: 0; overflow: auto; container-type: inline-size; }}
.as-tabs {{ display: flex; align-items: center; gap: 2px; height: 32px; flex: none; padding: 0 8px;
  border-bottom: 1px solid {theme.BORDER}; }}
.as-tab {{ height: 24px; padding: 0 10px; border-radius: {theme.RADIUS}; color: {theme.MUTED}; font-weight: 500;
  background: transparent; cursor: pointer; display: inline-flex; align-items: center; gap: 6px;
  transition: background-color {theme.QUICK}, color {theme.QUICK}; }}
.as-tab:hover {{ background: {theme.HOVER}; color: {theme.INK}; }}
.as-tab[aria-selected=true] {{ background: {theme.HOVER}; color: {theme.INK}; }}
.as-tabs-end {{ margin-left: auto; display: inline-flex; align-items: center; gap: 12px; color: {theme.MUTED};
  font-size: {theme.TEXT_SMALL}; }}
.as-fold {{ width: 24px; height: 24px; display: inline-grid; place-items: center; border-radius: {theme.RADIUS};
  background: transparent; color: {theme.MUTED}; cursor: pointer; }}
.as-fold:hover {{ background: {theme.HOVER}; color: {theme.INK}; }}
.as-fresh {{ display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }}
.as-fresh-dot {{ width: 7px; height: 7px; border-radius: 50%; background: var(--as-dot); }}
.as-time {{ font-variant-numeric: tabular-nums; }}
.as-tl {{ padding-bottom: 6px; }}
.as-tl-row, .as-tl-axis {{ display: grid; grid-template-columns: 196px minmax(0, 1fr) 92px; align-items: center; }}
.as-tl-axis {{ position: sticky; top: 0; height: 22px; background: {theme.PANEL}; z-index: 1; color: {theme.MUTED};
  font-size: {theme.TEXT_SMALL}; border-bottom: 1px solid {theme.BORDER}; }}
.as-tl-row {{ height: 26px; content-visibility: auto; contain-intrinsic-height: 26px; }}
.as-tl-row:hover {{ background: {theme.HOVER}; }}
.as-tl-name {{ display: flex; align-items: center; gap: 7px; min-width: 0; padding: 0 10px 0 12px; height: 100%; width: 100%;
  background: transparent; color: {theme.INK}; text-align: left; cursor: pointer; }}
.as-tl-name span {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-tl-row[data-state=pending] .as-tl-name, .as-tl-row[data-state=skipped] .as-tl-name {{ color: {theme.MUTED}; }}
.as-tl-lane {{ position: relative; height: 100%; border-left: 1px solid {theme.BORDER}; }}
.as-tl-tick {{ position: absolute; top: 0; bottom: 0; border-left: 1px solid {theme.BORDER}; padding-left: 4px;
  line-height: 21px; white-space: nowrap; font-variant-numeric: tabular-nums; }}
.as-tl-tick:first-child {{ border-left-color: transparent; }}
.as-tl-axis .as-tl-lane {{ container-type: inline-size; overflow: hidden; }}
@container (max-width: 320px) {{ .as-tl-tick:nth-child(even) {{ display: none; }} }}
.as-tl-bar {{ position: absolute; top: 6px; height: 14px; left: var(--as-left); width: var(--as-width); min-width: 3px;
  border-radius: 3px; background: var(--as-state); cursor: pointer; padding: 0; }}
.as-tl-bar:hover {{ filter: brightness(1.12); }}
.as-tl-bar[aria-pressed=true] {{ box-shadow: 0 0 0 2px {theme.PANEL}, 0 0 0 4px {theme.ACCENT}; z-index: 1; }}
.as-tl-bar[data-grows=true] {{ animation: as-grow var(--as-grow) linear both; }}
@keyframes as-grow {{ from {{ width: var(--as-width); }} to {{ width: var(--as-to); }} }}
.as-tl-took {{ padding-right: 12px; text-align: right; color: {theme.MUTED}; font-size: {theme.TEXT_SMALL};
  font-variant-numeric: tabular-nums; white-space: nowrap; }}
@container (max-width: 620px) {{ .as-tl-row, .as-tl-axis {{ grid-template-columns: 136px minmax(0, 1fr) 64px; }} }}
.as-log {{ font-family: {theme.MONO}; font-size: 12px; line-height: 20px; padding: 6px 12px; }}
.as-log-row {{ display: grid; grid-template-columns: 92px 84px minmax(0, 1fr); gap: 12px; }}
.as-log-row span {{ overflow-wrap: anywhere; }}
.as-log-row span:not(:last-child) {{ color: {theme.MUTED}; }}
.as-inspect {{ border-left: 1px solid {theme.BORDER}; overflow: auto; min-height: 0; background: {theme.PANEL}; }}
.as-inspect-head {{ position: sticky; top: 0; z-index: 2; display: flex; align-items: center; gap: 8px; padding: 8px 12px;
  background: {theme.PANEL}; border-bottom: 1px solid {theme.BORDER}; }}
.as-inspect-title {{ font-weight: 600; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-inspect-body {{ display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; padding: 12px; }}
.as-facts {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 0; }}
.as-facts dt {{ color: {theme.MUTED}; }}
.as-facts dd {{ margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }}
.as-port-head {{ display: flex; align-items: center; gap: 8px; margin-bottom: 6px; }}
.as-port-dot {{ width: 9px; height: 9px; border-radius: 50%; background: var(--as-type); border: 1px solid {theme.BORDER_STRONG}; }}
.as-port-type {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; margin-left: auto; white-space: nowrap; }}
.as-sub {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; font-weight: 600; letter-spacing: .02em; text-transform: uppercase; }}
.as-problem {{ display: flex; gap: 8px; padding: 8px 10px; border-radius: {theme.RADIUS}; background: var(--crimson-3);
  color: var(--crimson-11); overflow-wrap: anywhere; }}
.as-remark {{ display: flex; gap: 8px; padding: 8px 10px; border-radius: {theme.RADIUS}; background: var(--amber-3); color: {_AMBER};
  overflow-wrap: anywhere; }}
.as-blank {{ padding: 28px 16px; color: {theme.MUTED}; text-align: center; }}
.as-more summary {{ cursor: pointer; color: {theme.MUTED}; }}
.as-picture {{ display: block; width: 100%; height: auto; }}
.as-picture-box {{ fill: {theme.RAISED}; stroke: {theme.BORDER_STRONG}; stroke-width: 1; }}
.as-picture-label {{ fill: {theme.INK}; font-size: 12px; }}
.as-halt {{ border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; background: {theme.PANEL}; overflow: hidden; }}
.as-halt-sentence {{ display: flex; align-items: center; gap: 8px; padding: 8px 12px; background: var(--amber-3); color: {_AMBER};
  font-weight: 500; }}
.as-halt-sentence[data-proved=true] {{ background: var(--green-3); color: {_GREEN}; }}
.as-halt-times {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(84px, 1fr)); }}
.as-halt-time {{ padding: 8px 12px; border-right: 1px solid {theme.BORDER}; }}
.as-halt-time:last-child {{ border-right: 0; }}
.as-halt-value {{ font-size: 15px; line-height: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }}
.as-asks {{ display: grid; gap: 1px; background: {theme.BORDER}; border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS};
  overflow: hidden; }}
.as-ask {{ display: grid; gap: 8px; padding: 10px 12px; background: {theme.PANEL}; border-left: 3px solid var(--amber-9); }}
.as-ask-head {{ display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; }}
.as-ask-head > svg {{ color: {_AMBER}; flex: none; }}
.as-ask-text {{ margin: 0; overflow-wrap: anywhere; }}
.as-ask-form {{ display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }}
.as-ask-form > .as-grow {{ flex: 1 1 220px; }}
.as-middle > .as-asks {{ margin: 8px; flex: none; }}
.as-halt-lines {{ max-height: 260px; overflow: auto; }}
@media (prefers-reduced-motion: reduce) {{ .as-tl-bar[data-grows=true] {{ animation-timing-function: steps(6, end); }} }}
"""
