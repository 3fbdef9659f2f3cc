"""The style sheet of the gallery."""

from studio import theme

SHEET = f"""
.as-templates {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: {theme.SPACE_4}; }}
.as-card-button {{ display: flex; flex-direction: column; text-align: left; padding: 0; background: {theme.PANEL}; color: {theme.INK};
  border: 1px solid {theme.BORDER}; border-radius: 8px; overflow: hidden; cursor: pointer;
  transition: border-color {theme.QUICK}, background-color {theme.QUICK}; }}
.as-card-button:hover:not(:disabled) {{ border-color: var(--accent-8); }}
.as-card-button:disabled {{ cursor: not-allowed; opacity: .7; }}
.as-card-picture {{ display: grid; place-items: center; height: 148px; padding: 14px 18px; background: {theme.SUNKEN};
  border-bottom: 1px solid {theme.BORDER}; }}
.as-card-picture svg.as-picture {{ width: 100%; height: 118px; }}
.as-card-text {{ display: grid; gap: 4px; padding: 12px 14px 14px; }}
.as-card-name {{ display: flex; gap: 8px; align-items: baseline; justify-content: space-between; }}
.as-card-name b {{ font-size: 14px; font-weight: 600; }}
.as-card-name span {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; white-space: nowrap; }}
.as-card-sentence {{ color: {theme.MUTED}; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical;
  overflow: hidden; }}
.as-own {{ display: grid; border: 1px solid {theme.BORDER}; border-radius: 8px; background: {theme.PANEL}; overflow: hidden; }}
.as-own-row {{ display: grid; grid-template-columns: 116px minmax(0, 1fr) 132px minmax(200px, auto) 24px; gap: 16px; align-items: center;
  padding: 8px 14px 8px 8px; min-height: 58px; position: relative; }}
.as-own-row + .as-own-row {{ border-top: 1px solid {theme.BORDER}; }}
.as-own-row:hover {{ background: {theme.HOVER}; }}
.as-own-picture {{ display: grid; place-items: center; height: 44px; padding: 4px; border-radius: {theme.RADIUS};
  background: {theme.SUNKEN}; }}
.as-own-picture svg.as-picture {{ width: 100%; height: 36px; }}
.as-own-name {{ min-width: 0; display: grid; }}
.as-own-name a {{ color: {theme.INK}; font-weight: 600; text-decoration: none; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }}
.as-own-name a::after {{ content: ""; position: absolute; inset: 0; }}
.as-own-name span {{ color: {theme.MUTED}; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-own-meta {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-own-run {{ display: flex; gap: 8px; align-items: center; justify-content: flex-end; position: relative; z-index: 1;
  color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; }}
.as-own-delete {{ position: relative; z-index: 1; }}
.as-bin-notice {{ display: flex; gap: 10px; align-items: center; padding: 8px 12px; margin-bottom: {theme.SPACE_4};
  border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; background: {theme.PANEL}; }}
.as-bin {{ margin-bottom: {theme.SPACE_6}; }}
.as-bin summary {{ cursor: pointer; color: {theme.MUTED}; padding: 4px 0; margin-bottom: {theme.SPACE_2}; width: fit-content; }}
.as-bin-row {{ display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 16px; align-items: center; padding: 8px 14px;
  min-height: 44px; }}
.as-bin-row + .as-bin-row {{ border-top: 1px solid {theme.BORDER}; }}
.as-bin-row b {{ font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-bin-row span {{ color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; }}
.as-bin-acts {{ display: flex; gap: 14px; align-items: center; }}
.as-picture {{ display: block; width: 100%; height: auto; }}
.as-command {{ font-family: {theme.MONO}; font-size: 12px; margin: 0; padding: 10px 12px; background: {theme.SUNKEN};
  border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS}; overflow: auto; }}
"""
