"""Every colour, size and duration of the product, in one place.

Python code uses the constants; they are names of CSS variables, so that light and dark are one rule each. The values
are in the style sheet of this module, which `ThemePlugin` hands to the build together with the bundled fonts
(no font, style or script comes from another host). Palettes are Radix. Its step 11 on step 3 misses contrast AA in light
(4.2 : 1), so text of a state has an ink of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reflex_base.plugins.base import Plugin

RADIX_THEME: dict[str, Any] = {
    "accent_color": "indigo",
    "gray_color": "slate",
    "radius": "medium",
    "scaling": "100%",
    "panel_background": "solid",
    "has_background": True,
}

# Sizes, CSS pixels.
TOP_BAR = "44px"
STATUS_BAR = "24px"
CONTROL = "28px"
PALETTE = "232px"
INSPECTOR = "320px"
SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6, SPACE_8 = "4px", "8px", "12px", "16px", "24px", "32px"
RADIUS = "6px"
LINE = "1px"
ICON, ICON_SMALL = 16, 14
CONTENT_WIDTH = "1360px"
MIN_WIDTH = "1024px"

# Text.
TEXT_SMALL, TEXT, HEADING, TITLE = "11px", "13px", "15px", "20px"
FONT = "var(--as-font)"
MONO = "var(--as-mono)"

# Surfaces and ink.
PAGE = "var(--as-page)"
PANEL = "var(--as-panel)"
RAISED = "var(--as-raised)"
SUNKEN = "var(--as-sunken)"
BORDER = "var(--as-border)"
BORDER_STRONG = "var(--as-border-strong)"
INK = "var(--as-ink)"
MUTED = "var(--as-muted)"
ACCENT = "var(--accent-9)"
ACCENT_INK = "var(--accent-11)"
ACCENT_SOFT = "var(--accent-3)"
HOVER = "var(--as-hover)"
DANGER = "var(--red-9)"
DANGER_INK = "var(--as-red-ink)"
DANGER_SOFT = "var(--red-3)"
SHADOW = "var(--as-shadow)"

# Motion.
QUICK = "120ms ease-out"
PANEL_MOTION = "160ms ease-out"

State = Literal["pending", "running", "waiting", "completed", "halted", "error", "skipped", "resumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLook:
    """How one of the eight states looks wherever it appears: always colour, icon and word together."""

    palette: str
    """Radix palette; step 3 is the ground, step 9 the solid."""
    icon: str
    word: str

    @property
    def solid(self) -> str:
        """CSS value of the strong colour (bars, dots)."""
        return f"var(--{self.palette}-9)"

    @property
    def soft(self) -> str:
        """CSS value of the ground."""
        return f"var(--{self.palette}-3)"

    @property
    def ink(self) -> str:
        """CSS value of text and icon on the ground."""
        return f"var(--as-{self.palette}-ink)"


STATES: dict[State, StateLook] = {
    "pending": StateLook(palette="gray", icon="circle-dashed", word="Pending"),
    "running": StateLook(palette="blue", icon="loader-circle", word="Running"),
    "waiting": StateLook(palette="amber", icon="hand", word="Waiting"),
    "completed": StateLook(palette="green", icon="check", word="Completed"),
    "halted": StateLook(palette="red", icon="octagon", word="Halted"),
    "error": StateLook(palette="crimson", icon="triangle-alert", word="Error"),
    "skipped": StateLook(palette="gray", icon="minus", word="Skipped"),
    "resumed": StateLook(palette="violet", icon="rotate-cw", word="Resumed"),
}

PORT_COLORS: dict[str, str] = {
    "prices": "var(--cyan-9)",
    "signals": "var(--indigo-9)",
    "weights": "var(--violet-9)",
    "verdict": "var(--amber-9)",
    "insight": "var(--orange-9)",
    "report": "var(--slate-9)",
    "number": "var(--gray-9)",
    "text": "var(--gray-9)",
    "table": "var(--gray-9)",
    "any": "var(--as-port-any)",
}

_FONTS = ("@fontsource-variable/inter", "@fontsource-variable/jetbrains-mono")
_FONT_VERSION = "5.3.0"

_PALETTES = sorted({look.palette for look in STATES.values()})
_INKS_LIGHT = " ".join(f"--as-{p}-ink: color-mix(in oklab, var(--{p}-11) 84%, black);" for p in _PALETTES)
_INKS_DARK = " ".join(f"--as-{p}-ink: var(--{p}-11);" for p in _PALETTES)

_SHEET = f"""
:root, .light {{
  {_INKS_LIGHT}
  --as-font: "Inter Variable", ui-sans-serif, system-ui, sans-serif;
  --as-mono: "JetBrains Mono Variable", ui-monospace, monospace;
  --as-page: var(--slate-2);
  --as-panel: #ffffff;
  --as-raised: #ffffff;
  --as-sunken: var(--slate-3);
  --as-border: var(--slate-5);
  --as-border-strong: var(--slate-7);
  --as-hover: var(--slate-a3);
  --as-ink: var(--slate-12);
  --as-muted: var(--slate-11);
  --as-port-any: #ffffff;
  --as-shadow: 0 0 0 1px var(--slate-a4), 0 8px 24px -6px rgba(15, 23, 42, .18), 0 2px 6px -2px rgba(15, 23, 42, .12);
}}
.dark {{
  {_INKS_DARK}
  --as-page: #0c0d0f;
  --as-panel: #131417;
  --as-raised: #1a1c20;
  --as-sunken: #0a0b0c;
  --as-border: #24272c;
  --as-border-strong: #3a3f47;
  --as-hover: var(--slate-a3);
  --as-ink: var(--slate-12);
  --as-muted: var(--slate-11);
  --as-port-any: #ffffff;
  --as-shadow: 0 0 0 1px var(--slate-a5), 0 12px 32px -8px rgba(0, 0, 0, .7), 0 4px 10px -4px rgba(0, 0, 0, .5);
}}
html, body {{ height: 100%; background: var(--as-page); }}
body {{ min-width: {MIN_WIDTH}; font-family: var(--as-font); -webkit-font-smoothing: antialiased; }}
html .radix-themes {{
  --default-font-family: var(--as-font);
  --heading-font-family: var(--as-font);
  --code-font-family: var(--as-mono);
  --default-font-size: {TEXT};
  --default-line-height: 18px;
  --font-size-1: {TEXT_SMALL};  --line-height-1: 16px;
  --font-size-2: {TEXT};  --line-height-2: 18px;
  --font-size-3: {HEADING};  --line-height-3: 20px;
  --font-size-4: 17px;  --line-height-4: 24px;
  --font-size-5: {TITLE};  --line-height-5: 28px;
  --letter-spacing-1: 0; --letter-spacing-2: 0; --letter-spacing-3: -0.006em; --letter-spacing-5: -0.012em;
  --color-background: var(--as-page);
  --color-panel-solid: var(--as-raised);
  --color-surface: var(--as-panel);
  --color-overlay: rgba(8, 9, 11, .56);
  color: var(--as-ink);
  font-feature-settings: "tnum", "cv05", "cv11", "ss03";
  min-height: 100%;
}}
html .radix-themes .rt-BaseButton.rt-r-size-2 {{ --base-button-height: {CONTROL}; padding: 0 10px; gap: 6px;
  font-weight: 500; border-radius: {RADIUS}; }}
html .radix-themes .rt-BaseButton.rt-r-size-2:where(.rt-variant-ghost) {{ height: {CONTROL}; margin: 0; }}
html .radix-themes .rt-IconButton.rt-r-size-2 {{ width: {CONTROL}; padding: 0; }}
html .radix-themes .rt-BaseButton {{ transition: background-color {QUICK}, color {QUICK}; cursor: pointer; }}
html .radix-themes .rt-BaseButton.rt-variant-solid[data-accent-color="red"]:not([disabled]) {{ background: #ce2c31; }}
html .radix-themes .rt-BaseButton.rt-variant-solid[data-accent-color="red"]:not([disabled]):hover {{ background: #b5262b; }}
html .radix-themes .rt-BaseButton[disabled] {{ cursor: not-allowed; }}
html .radix-themes .rt-TextFieldRoot.rt-r-size-2 {{ --text-field-height: {CONTROL}; --text-field-border-radius: {RADIUS};
  font-size: {TEXT}; }}
html .radix-themes .rt-SelectTrigger.rt-r-size-2 {{ height: {CONTROL}; border-radius: {RADIUS}; }}
html .radix-themes .rt-BaseMenuItem, html .radix-themes .rt-SelectItem {{ height: {CONTROL}; }}
html .radix-themes .rt-BaseDialogContent {{ box-shadow: var(--as-shadow); border-radius: 10px; --dialog-content-padding: 20px; }}
html .radix-themes .rt-BaseDialogContent > .rt-Text.rt-r-size-3 {{ font-size: {TEXT}; line-height: 18px; }}
html .radix-themes a.rt-Link:hover {{ color: var(--accent-11); }}
html .radix-themes a.rt-Link.as-nav:hover {{ color: var(--as-ink); }}
html .radix-themes a.rt-Link {{ text-decoration-thickness: 1px; }}
:where(a, button, [tabindex], input, textarea, select):focus-visible {{ outline: 2px solid var(--accent-8);
  outline-offset: 1px; }}
::selection {{ background: var(--accent-a5); }}
* {{ scrollbar-width: thin; scrollbar-color: var(--as-border-strong) transparent; }}
html [data-sonner-toaster] {{ --normal-bg: var(--as-raised); --normal-border: var(--as-border); --normal-text: var(--as-ink);
  font-family: var(--as-font); --offset-bottom: 36px !important; }}
html [data-sonner-toaster] [data-sonner-toast][data-styled="true"] {{ background: var(--as-raised); color: var(--as-ink);
  border-color: var(--as-border); padding: {SPACE_3}; border-radius: 8px; gap: {SPACE_2};
  font-size: {TEXT}; line-height: 18px; box-shadow: var(--as-shadow); align-items: flex-start; }}
html [data-sonner-toast][data-type="error"] [data-icon] {{ color: var(--crimson-11); }}
html [data-sonner-toast][data-type="warning"] [data-icon] {{ color: var(--amber-11); }}
html [data-sonner-toast][data-type="success"] [data-icon] {{ color: var(--green-11); }}
html [data-sonner-toast][data-type="info"] [data-icon] {{ color: var(--accent-11); }}
.as-nav {{ display: inline-flex; align-items: center; height: {CONTROL}; padding: 0 10px; border-radius: {RADIUS};
  color: var(--as-muted); font-weight: 500; text-decoration: none; transition: background-color {QUICK}, color {QUICK}; }}
.as-nav:hover {{ background: var(--as-hover); color: var(--as-ink); }}
.as-nav[aria-current="page"] {{ background: var(--as-hover); color: var(--as-ink); }}
.as-spin {{ animation: as-spin 1.2s linear infinite; }}
.as-shimmer {{ background: linear-gradient(90deg, var(--slate-a3) 30%, var(--slate-a2) 50%, var(--slate-a3) 70%);
  background-size: 200% 100%; animation: as-shimmer 1.6s ease-in-out infinite; border-radius: {RADIUS}; }}
.as-skip {{ position: absolute; left: {SPACE_3}; top: -60px; z-index: 100; padding: 6px 12px; border-radius: {RADIUS};
  background: var(--as-raised); box-shadow: var(--as-shadow); }}
.as-skip:focus {{ top: 8px; }}
.as-hidden {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }}
@keyframes as-spin {{ to {{ transform: rotate(360deg); }} }}
@keyframes as-shimmer {{ from {{ background-position: 200% 0; }} to {{ background-position: -200% 0; }} }}
@media (prefers-reduced-motion: reduce) {{
  .as-spin, .as-shimmer {{ animation: none; }}
  *, ::before, ::after {{ transition-duration: 0s !important; }}
}}
"""

# Reflex writes the address of its socket into the build. We want a build that runs on every host and port, behind any
# proxy, and a page that can talk to no other host: every socket of the page goes to where the page came from.
SAME_HOST_SOCKET = """
(() => {
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(address, protocols) {
      const url = new URL(address, location.href);
      url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      url.host = location.host;
      if (!location.port) url.port = "";
      super(url.href, protocols);
    }
  };
})();
"""


class ThemePlugin(Plugin):
    """Adds the fonts and the style sheet of this module to the build."""

    def get_frontend_dependencies(self, **_context: object) -> tuple[str, ...]:
        """Return the font packages, pinned."""
        return tuple(f"{font}@{_FONT_VERSION}" for font in _FONTS)

    def get_stylesheet_paths(self, **_context: object) -> Sequence[str]:
        """Return the sheets in order: fonts first, ours last (after Radix, which comes earlier in the plug-in list)."""
        return (*(f"{font}/index.css" for font in _FONTS), "./alphaswarm.css")

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str | bytes]]:
        """Return our sheet as a file of the build."""
        return ((Path("styles") / "alphaswarm.css", _SHEET),)
