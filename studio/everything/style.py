"""The style sheet of the dialog that halts everything."""

from studio import theme

SHEET = f"""
.as-everything {{ margin: 0; padding: 0; list-style: none; max-height: 380px; overflow: auto; }}
.as-everything > li {{ padding: 7px 12px; }}
.as-everything > li + li {{ border-top: 1px solid {theme.BORDER}; }}
.as-everything-head {{ display: grid; grid-template-columns: {theme.ICON_SMALL}px 148px minmax(0, 1fr); gap: 8px; align-items: start; }}
.as-everything-head svg {{ margin-top: 2px; }}
.as-everything-head b {{ font-weight: 600; }}
.as-everything-words {{ color: {theme.MUTED}; }}
.as-everything-run {{ display: grid; grid-template-columns: 64px 128px minmax(0, 1fr) auto; gap: 8px; padding: 2px 0 0 146px;
  color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; font-variant-numeric: tabular-nums; }}
.as-everything-run b {{ color: {theme.INK}; font-weight: 500; }}
.as-everything-counts {{ display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1px; margin: 0 0 {theme.SPACE_4};
  background: {theme.BORDER}; border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; overflow: hidden; }}
.as-everything-counts > div {{ display: flex; justify-content: space-between; gap: 8px; padding: 6px 10px; background: {theme.PANEL}; }}
.as-everything-counts dt {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-everything-counts dd {{ margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }}
.as-everything-counts [data-empty=true] {{ color: {theme.MUTED}; }}
"""
