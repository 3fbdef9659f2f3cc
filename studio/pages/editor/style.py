"""The style sheet of the editor's panels; the canvas has its own (`studio.canvas.style`)."""

from studio import theme

SHEET = f"""
.as-editor {{ flex: 1; min-height: 0; display: grid; background: {theme.PAGE};
  grid-template-columns: clamp(184px, 16.2vw, {theme.PALETTE}) minmax(0, 1fr) clamp(248px, 22.3vw, {theme.INSPECTOR}); }}
.as-middle {{ display: flex; flex-direction: column; min-width: 0; min-height: 0; }}
.as-canvas {{ position: relative; flex: 1; min-height: 120px; }}
.as-side {{ min-height: 0; overflow: auto; background: {theme.PANEL}; font-size: {theme.TEXT}; line-height: 18px; }}
.as-palette {{ display: flex; flex-direction: column; overflow: hidden; border-right: 1px solid {theme.BORDER}; }}
.as-inspector {{ border-left: 1px solid {theme.BORDER}; }}
.as-palette-list {{ flex: 1; min-height: 0; overflow: auto; padding: 4px 8px 12px; }}
.as-row {{ display: flex; align-items: center; gap: 6px; }}
.as-between {{ justify-content: space-between; }}
.as-grow {{ flex: 1; min-width: 0; }}
.as-end {{ margin-left: auto; text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.as-pad {{ padding: {theme.SPACE_3}; }}
.as-quiet {{ color: {theme.MUTED}; }}
.as-small, .as-help, .as-mono, .as-unit {{ font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-mono {{ font-family: {theme.MONO}; color: {theme.MUTED}; }}
.as-warn {{ color: var(--amber-11); }}
.as-error-text, .as-field-error {{ color: {theme.DANGER_INK}; }}
.as-link {{ color: {theme.ACCENT_INK}; text-decoration: underline; background: none; cursor: pointer; }}
.as-search {{ display: flex; align-items: center; gap: 8px; height: 40px; padding: 0 {theme.SPACE_3};
  border-bottom: 1px solid {theme.BORDER}; flex-shrink: 0; }}
.as-bare-input {{ flex: 1; min-width: 0; height: {theme.CONTROL}; background: none; border: 0; color: {theme.INK}; font: inherit;
  outline: none; }}
.as-bare-input::placeholder, .as-input::placeholder {{ color: {theme.MUTED}; opacity: .85; }}
.as-bare-input::-webkit-search-cancel-button {{ appearance: none; }}
.as-search:focus-within {{ box-shadow: inset 0 -1px 0 var(--accent-8); }}
.as-family {{ margin: 0; padding: 10px 4px 4px; font-size: {theme.TEXT_SMALL}; line-height: 16px; font-weight: 600;
  color: {theme.MUTED}; }}
.as-item {{ width: 100%; height: {theme.CONTROL}; display: flex; align-items: center; gap: 8px; padding: 0 8px; border: 0;
  border-radius: {theme.RADIUS}; background: none; color: {theme.INK}; font: inherit; text-align: left; cursor: grab;
  white-space: nowrap; transition: background-color {theme.QUICK}; }}
.as-item > span {{ overflow: hidden; text-overflow: ellipsis; }}
.as-picker .as-item > .as-grow {{ flex: 1 0 auto; }}
.as-item:hover, .as-item:focus-visible {{ background: {theme.HOVER}; }}
.as-item:disabled {{ cursor: not-allowed; opacity: .55; }}
.as-item .as-plus {{ opacity: 0; }}
.as-item:hover:enabled .as-plus, .as-item:focus-visible .as-plus {{ opacity: .7; }}
.as-picker .as-item {{ cursor: pointer; }}
.as-dot {{ width: 9px; height: 9px; border-radius: 50%; background: var(--as-port); flex-shrink: 0; display: inline-block; }}
.as-dot.as-port-any {{ background: {theme.PANEL}; border: 2px solid var(--slate-9); }}
.as-key {{ display: flex; flex-wrap: wrap; gap: 2px 10px; padding: 10px {theme.SPACE_3};
  border-top: 1px solid {theme.BORDER}; color: {theme.MUTED}; font-size: {theme.TEXT_SMALL}; line-height: 16px; flex-shrink: 0; }}
.as-key-entry {{ display: inline-flex; align-items: center; gap: 5px; }}
.as-header {{ height: 40px; display: flex; align-items: center; gap: 6px; padding: 0 {theme.SPACE_2} 0 {theme.SPACE_3};
  background: {theme.PANEL}; border-bottom: 1px solid {theme.BORDER}; flex-shrink: 0; white-space: nowrap; }}
.as-header .rt-IconButton.rt-variant-ghost, .as-header .rt-Button.rt-variant-ghost {{ margin: 0; color: {theme.INK}; }}
.as-header [disabled] {{ color: {theme.MUTED} !important; opacity: .45; }}
.as-crumbs {{ min-width: 0; gap: 4px; }}
.as-crumb {{ color: {theme.MUTED}; }} .as-crumb:hover {{ color: {theme.INK}; }}
.as-workflow {{ margin: 0; font-size: {theme.TEXT}; line-height: 18px; font-weight: 600; overflow: hidden;
  text-overflow: ellipsis; min-width: 60px; }}
.as-saved {{ padding-left: {theme.SPACE_2}; font-size: {theme.TEXT_SMALL}; min-width: 0; overflow: hidden; }}
.as-saved span {{ white-space: nowrap; }}
.as-rule {{ width: 1px; height: 18px; background: {theme.BORDER}; margin: 0 4px; }}
.as-count {{ min-width: 18px; padding: 0 5px; border-radius: 9px; background: {theme.SUNKEN}; font-size: {theme.TEXT_SMALL};
  line-height: 18px; text-align: center; }}
.as-notice {{ display: flex; align-items: center; gap: 8px; padding: 6px {theme.SPACE_3}; background: var(--amber-3);
  color: var(--amber-12); border-bottom: 1px solid var(--amber-6); flex-shrink: 0; }}
.as-section {{ padding: 10px {theme.SPACE_3}; border-bottom: 1px solid {theme.BORDER}; }}
.as-section > .as-family {{ padding: 0 0 8px; }}
.as-section > p {{ margin: 4px 0 0; }}
.as-head {{ margin: 0; font-size: {theme.HEADING}; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }}
.as-title-input {{ flex: 1; min-width: 0; height: 26px; margin-left: -2px; padding: 0 4px; border: 1px solid transparent;
  border-radius: 4px; background: none; color: {theme.INK}; font: 600 {theme.HEADING}/20px {theme.FONT}; }}
.as-title-input:hover:not([readonly]), .as-title-input:focus {{ border-color: {theme.BORDER_STRONG}; }}
.as-field {{ padding-bottom: 14px; }} .as-field:last-child {{ padding-bottom: 2px; }}
.as-label {{ font-weight: 500; line-height: 22px; }}
.as-mini {{ width: 22px; height: 22px; display: inline-grid; place-items: center; border: 0; border-radius: 4px;
  background: none; color: {theme.MUTED}; cursor: pointer; }}
.as-mini:hover {{ background: {theme.HOVER}; color: {theme.INK}; }}
.as-input-row {{ position: relative; display: flex; align-items: center; }}
.as-input {{ width: 100%; height: {theme.CONTROL}; padding: 0 8px; border: 1px solid {theme.BORDER_STRONG};
  border-radius: {theme.RADIUS}; background: {theme.PAGE}; color: {theme.INK}; font: inherit; font-variant-numeric: tabular-nums; }}
.as-input:focus-visible, .as-tags:focus-within {{ border-color: var(--accent-8); outline: 1px solid var(--accent-8); outline-offset: 0; }}
.as-input[aria-invalid=true], .as-tags:has([aria-invalid=true]) {{ border-color: var(--crimson-9); }}
.as-input[readonly], .as-input:disabled {{ background: {theme.SUNKEN}; color: {theme.MUTED}; }}
.dark .as-input {{ color-scheme: dark; }}
.as-input-row:has(.as-unit) .as-input {{ padding-right: 64px; }}
.as-unit {{ position: absolute; right: 9px; color: {theme.MUTED}; pointer-events: none; }}
.as-area {{ height: auto; min-height: 62px; padding: 5px 8px; resize: vertical; }}
.as-select {{ cursor: pointer; }}
.as-tags {{ height: auto; min-height: {theme.CONTROL}; display: flex; flex-wrap: wrap; gap: 3px; padding: 2px 4px; align-items: center; }}
.as-tags .as-bare-input {{ min-width: 72px; height: 22px; padding: 0 4px; }}
.as-tag {{ display: inline-flex; align-items: center; gap: 2px; height: 20px; padding: 0 2px 0 7px; border-radius: 4px;
  background: {theme.ACCENT_SOFT}; color: {theme.ACCENT_INK}; font-size: {theme.TEXT_SMALL}; }}
.as-tag-x {{ display: inline-grid; place-items: center; width: 16px; height: 16px; border: 0; background: none; color: inherit; cursor: pointer; }}
.as-field-error {{ margin: 4px 0 0; font-size: {theme.TEXT_SMALL}; line-height: 16px; }}
.as-help {{ margin: 4px 0 0; color: {theme.MUTED}; }}
.as-bounds {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
.as-error-box {{ display: flex; gap: 8px; margin: 0; padding: 8px {theme.SPACE_3}; background: var(--crimson-3);
  color: var(--crimson-11); border-bottom: 1px solid {theme.BORDER}; }}
.as-error-box svg {{ margin-top: 2px; }}
.as-port-row {{ min-height: 22px; }}
.as-wire-from {{ height: 24px; margin: 2px 0 8px; font-size: {theme.TEXT_SMALL}; color: {theme.MUTED}; }}
.as-hint {{ min-height: 26px; }}
.as-issues {{ margin: 0; padding: 4px; list-style: none; }}
.as-issue {{ width: 100%; min-height: {theme.CONTROL}; display: flex; align-items: center; gap: 8px; padding: 3px 8px; border: 0;
  border-radius: {theme.RADIUS}; background: none; color: {theme.INK}; font: inherit; text-align: left; cursor: pointer; }}
.as-issue:hover, .as-issue:focus-visible {{ background: {theme.HOVER}; }}
.as-issue-fix {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }}
.as-issue-text {{ flex-shrink: 0; max-width: 58%; }}
.as-issue .as-end {{ flex-shrink: 0; max-width: 150px; }}
.as-veil {{ position: fixed; inset: 0; z-index: 90; }}
.as-picker {{ position: fixed; z-index: 91; width: 280px; max-height: 320px; display: flex; flex-direction: column;
  background: {theme.RAISED}; border-radius: 8px; box-shadow: {theme.SHADOW}; overflow: hidden; }}
.as-picker-list {{ overflow: auto; padding: 4px; }}
.as-empty {{ position: absolute; inset: 0; z-index: 4; display: flex; flex-direction: column; align-items: center; justify-content: center;
  gap: {theme.SPACE_2}; padding: {theme.SPACE_4}; pointer-events: none; text-align: center; }}
.as-choices {{ display: flex; flex-wrap: wrap; justify-content: center; gap: {theme.SPACE_3}; margin: {theme.SPACE_3} 0; }}
.as-choice {{ width: 208px; display: flex; flex-direction: column; gap: 4px; padding: {theme.SPACE_4}; border: 1px solid {theme.BORDER};
  border-radius: 8px; background: {theme.PANEL}; color: {theme.INK}; font: inherit; text-align: left; cursor: pointer;
  pointer-events: auto; transition: border-color {theme.QUICK}; }}
.as-choice:hover:enabled {{ border-color: var(--accent-8); }}
.as-choice:disabled {{ opacity: .55; cursor: not-allowed; }}
.as-choice-title {{ font-weight: 600; padding-top: 4px; }}
.as-sheet {{ display: grid; grid-template-columns: 1fr 1fr; gap: 4px 28px; margin-top: {theme.SPACE_3}; }}
@media (max-width: 1240px) {{ .as-wide {{ display: none; }} }}
@media (max-width: 1240px), (max-height: 960px) {{ .react-flow__minimap {{ width: 120px; height: 80px; }} }}
"""
