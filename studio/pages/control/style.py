"""The style sheet of the control room."""

from studio import theme

SHEET = f"""
.as-room {{ display: grid; grid-template-columns: minmax(0, 1fr); gap: {theme.SPACE_3}; padding: {theme.SPACE_3} {theme.SPACE_4}
  {theme.SPACE_6}; }}
.as-all {{ display: flex; align-items: center; gap: {theme.SPACE_4}; min-height: 52px; padding: 8px {theme.SPACE_3};
  border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; background: {theme.PANEL}; }}
.as-all h1 {{ margin: 0; font-size: {theme.HEADING}; line-height: 20px; font-weight: 600; }}
.as-all-last {{ flex: 1; min-width: 0; color: {theme.MUTED}; text-align: right; }}
.as-all-last svg {{ display: inline; vertical-align: -2px; }}
.as-all-last b {{ color: {theme.INK}; font-weight: 500; }}
.as-all-last button, .as-plain {{ background: none; padding: 0; color: {theme.ACCENT_INK}; cursor: pointer; font: inherit; }}
.as-all-last button:hover, .as-plain:hover {{ text-decoration: underline; }}
.as-stale {{ display: flex; gap: 8px; align-items: center; padding: 8px {theme.SPACE_3}; border-radius: {theme.RADIUS};
  background: var(--amber-3); color: var(--as-amber-ink); }}
.as-lanes {{ display: grid; grid-template-columns: repeat(var(--as-lanes), minmax(0, 1fr)); gap: {theme.SPACE_2}; align-items: start; }}
@media (max-width: 1359px) {{ .as-lanes {{ grid-template-columns: repeat(3, minmax(0, 1fr)); }} }}
.as-lanes[data-stale=true] {{ opacity: .62; }}
.as-lane {{ border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; background: {theme.PANEL}; min-width: 0; min-height: 196px; }}
.as-lane-head {{ display: grid; gap: 6px; padding: 8px 10px; border-bottom: 1px solid {theme.BORDER}; }}
.as-lane-title {{ display: flex; align-items: center; gap: 7px; min-width: 0; height: 20px; }}
.as-lane-title h2 {{ margin: 0; font-size: {theme.TEXT}; line-height: 18px; font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }}
.as-lane-count {{ margin-left: auto; font-size: {theme.HEADING}; font-weight: 600; font-variant-numeric: tabular-nums; }}
.as-lane-count[data-none=true] {{ color: {theme.MUTED}; font-weight: 400; }}
.as-lane-actions {{ display: flex; gap: 6px; align-items: center; min-height: 24px; }}
.as-lane-why {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-lane-why svg {{ display: inline; vertical-align: -1px; }}
.as-run-actions .as-lane-why {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
.as-lane-body {{ display: grid; gap: {theme.SPACE_2}; padding: {theme.SPACE_2}; grid-template-columns: minmax(0, 1fr); max-height: 520px;
  overflow: auto; }}
.as-lane-empty {{ padding: 18px 8px; color: {theme.MUTED}; text-align: center; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-run {{ display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; padding: 8px; border: 1px solid {theme.BORDER};
  border-radius: {theme.RADIUS}; background: {theme.RAISED}; border-left: 3px solid var(--as-run-color); }}
.as-run-name {{ font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-run-line {{ display: flex; align-items: center; gap: 6px; min-width: 0; color: {theme.MUTED}; font-size: {theme.TEXT_SMALL};
  line-height: 16px; font-variant-numeric: tabular-nums; flex-wrap: wrap; }}
.as-run-note {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; overflow: hidden; display: -webkit-box;
  -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow-wrap: anywhere; }}
.as-run-holds {{ display: flex; gap: 6px; align-items: center; color: var(--as-amber-ink); font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-run-track {{ height: 3px; border-radius: 2px; background: {theme.BORDER}; overflow: hidden; }}
.as-run-fill {{ height: 100%; width: var(--as-done); background: {theme.ACCENT}; transition: width {theme.PANEL_MOTION}; }}
.as-run-actions {{ display: flex; gap: 6px; margin-top: 2px; align-items: center; }}
.as-run-times {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 8px; margin: 0; font-size: {theme.TEXT_SMALL};
  line-height: 16px; font-variant-numeric: tabular-nums; }}
.as-run-times dt {{ color: {theme.MUTED}; }} .as-run-times dd {{ margin: 0; text-align: right; font-weight: 500; }}
.as-tabs-box {{ border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; background: {theme.PANEL}; overflow: hidden; }}
.as-tab-body {{ padding: {theme.SPACE_3}; display: grid; gap: {theme.SPACE_3}; grid-template-columns: minmax(0, 1fr); }}
.as-tab-body.as-two {{ grid-template-columns: minmax(0, 1fr) 260px; align-items: start; }}
.as-count-cell {{ font-weight: 600; }}
.as-halt-entry {{ display: grid; grid-template-columns: 14px 150px 120px minmax(0, 1fr) max-content; gap: 10px; align-items: start;
  padding: 6px 0; }}
.as-halt-entry svg {{ margin-top: 2px; }}
.as-halt-entry + .as-halt-entry, li + li > .as-halt-entry {{ border-top: 1px solid {theme.BORDER}; }}
.as-halt-list {{ margin: 0; padding: 0; list-style: none; }}
.as-halt-list details > summary {{ cursor: pointer; color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; }}
html .radix-themes .rt-BaseButton.rt-r-size-1 {{ height: 24px; border-radius: {theme.RADIUS}; padding: 0 8px; gap: 5px; font-size: 12px; }}
"""
