"""The style sheet of the canvas: cards, plugs, wires, and what lights up while a wire is dragged.

Everything that changes often is done here by attributes, so that nothing renders for it. No shadows or filters on
cards: a thousand of them must pan.
"""

from typing import get_args

from runtime.values import PortType
from studio import theme

_TYPES: tuple[str, ...] = get_args(PortType)

_BASE = f"""
.react-flow {{ --xy-background-color: {theme.PAGE}; --xy-background-pattern-color: {theme.BORDER_STRONG};
  --xy-edge-stroke: {theme.BORDER_STRONG}; --xy-minimap-background-color: {theme.PANEL};
  --xy-minimap-mask-background-color: color-mix(in srgb, {theme.PAGE} 72%, transparent);
  --xy-minimap-node-background-color: {theme.BORDER_STRONG};
  --xy-controls-button-background-color: {theme.PANEL}; --xy-controls-button-background-color-hover: {theme.SUNKEN};
  --xy-controls-button-color: {theme.MUTED}; --xy-controls-button-color-hover: {theme.INK};
  --xy-controls-button-border-color: {theme.BORDER}; --xy-controls-box-shadow: none;
  --xy-selection-background-color: var(--accent-a3); --xy-selection-border: 1px solid var(--accent-8);
  --xy-connectionline-stroke: {theme.MUTED}; --xy-connectionline-stroke-width: 2; font-family: {theme.FONT}; }}
.react-flow__controls, .react-flow__minimap {{ border: 1px solid {theme.BORDER}; border-radius: {theme.RADIUS};
  overflow: hidden; }}
.react-flow__minimap {{ width: 168px; height: 112px; }}
.react-flow__minimap svg {{ width: 100%; height: 100%; }}
.react-flow__node {{ border-radius: {theme.RADIUS}; }}
.react-flow__node:focus-visible {{ outline: 2px solid var(--accent-8); outline-offset: 3px; }}
.as-card {{ position: relative; width: 100%; height: 100%; background: {theme.RAISED}; color: {theme.INK};
  border: 1px solid {theme.BORDER_STRONG}; border-radius: {theme.RADIUS}; contain: layout style;
  font-size: {theme.TEXT}; line-height: 18px; cursor: grab; transition: border-color {theme.QUICK}; }}
.as-card:hover {{ border-color: var(--slate-8); }}
.as-card-head {{ height: 27px; display: flex; align-items: center; gap: 6px; padding: 0 9px;
  border-bottom: 1px solid {theme.BORDER}; color: {theme.MUTED}; }}
.as-card-title {{ flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600;
  color: {theme.INK}; }}
.as-card-state {{ display: inline-flex; }}
.as-card-body {{ padding: 5px 14px; }}
.as-card-line {{ height: 17px; font-size: {theme.TEXT_SMALL}; line-height: 17px; color: {theme.MUTED}; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }}
.as-card-result {{ color: {theme.INK}; font-variant-numeric: tabular-nums; }}
.as-card-problems {{ position: absolute; top: -8px; right: -8px; min-width: 16px; height: 16px; padding: 0 4px;
  border-radius: 8px; font-size: 10px; line-height: 16px; font-weight: 600; text-align: center; color: #fff;
  background: var(--crimson-9); }}
.as-card-warning {{ background: var(--amber-9); color: #21201c; }}
.as-card[data-level=error] {{ border-color: var(--crimson-8); }}
.as-card[data-known=false] {{ background: var(--crimson-2); border-style: dashed; border-color: var(--crimson-8); }}
.react-flow__node.selected .as-card {{ outline: 2px solid {theme.ACCENT}; outline-offset: 1px; }}
.as-plug {{ position: absolute; width: 0; height: 20px; }}
.as-plug-in {{ left: -1px; }} .as-plug-out {{ right: -1px; }}
.react-flow__handle.as-port {{ width: 10px; height: 10px; min-width: 0; border: 0; background: var(--as-port);
  border-radius: 50%; }}
.react-flow__handle.as-port::after {{ content: ""; position: absolute; inset: -7px; border-radius: 50%; }}
.react-flow__handle.as-port-any {{ background: {theme.RAISED}; border: 2px solid var(--slate-9); }}
.react-flow__handle.as-port.connectionindicator:hover {{ box-shadow: 0 0 0 3px color-mix(in srgb, var(--as-port) 35%, transparent); }}
.as-port-name {{ position: absolute; top: 1px; padding: 0 6px; height: 18px; font-size: {theme.TEXT_SMALL};
  line-height: 18px; white-space: nowrap; border-radius: 4px; background: {theme.INK}; color: {theme.PAGE}; opacity: 0;
  pointer-events: none; transition: opacity {theme.QUICK}; }}
.as-plug-in .as-port-name {{ right: 11px; }} .as-plug-out .as-port-name {{ left: 11px; }}
.as-plug:hover .as-port-name, .as-plug:focus-within .as-port-name {{ opacity: 1; }}
.react-flow__node:has(.as-plug:hover) {{ z-index: 1001 !important; }}
.react-flow__edge-path, .react-flow__connection-path {{ stroke-width: 1.75; }}
.as-wire .react-flow__edge-path {{ stroke: var(--as-port); }}
.as-wire:hover .react-flow__edge-path {{ stroke-width: 2.75; }}
.as-wire.selected .react-flow__edge-path, .as-wire:focus-visible .react-flow__edge-path {{ stroke: {theme.ACCENT};
  stroke-width: 3; }}
.as-wire.as-wire-error .react-flow__edge-path {{ stroke: var(--crimson-9); stroke-dasharray: 6 4; }}
.as-wire-hint {{ position: fixed; z-index: 2000; transform: translateX(-50%); max-width: 320px; padding: 6px 10px;
  border-radius: {theme.RADIUS}; background: {theme.INK}; color: {theme.PAGE}; font-size: {theme.TEXT};
  line-height: 18px; pointer-events: none; }}
.react-flow[data-connecting] .react-flow__handle {{ opacity: .25; }}
.react-flow[data-connecting] .react-flow__handle.connectingfrom {{ opacity: 1; }}
.react-flow[data-far] .as-card-body, .react-flow[data-far] .as-port-name {{ visibility: hidden; }}
.react-flow[data-far] .as-card-head {{ height: 100%; border-bottom: 0; padding: 0 12px; gap: 8px; }}
.react-flow[data-far] .as-card-head svg {{ width: 22px; height: 22px; flex-shrink: 0; }}
.react-flow[data-far] .as-card-title {{ font-size: 21px; line-height: 25px; white-space: normal; max-height: 50px;
  overflow-wrap: normal; letter-spacing: -0.02em; }}
"""


def canvas_sheet() -> str:
    """Return the whole sheet."""
    return "\n".join((_BASE, *_states(), *_port_colors(), *_fitting()))


def _states() -> list[str]:
    rules: list[str] = []
    for state, look in theme.STATES.items():
        if state in ("pending", "skipped"):
            rules.append(f".as-card[data-state={state}] {{ color: {theme.MUTED}; }}")
            continue
        rules.append(
            f".as-card[data-state={state}] {{ border-color: {look.solid}; }}\n"
            f".as-card[data-state={state}] .as-card-head {{ background: {look.soft}; "
            f"border-radius: 5px 5px 0 0; }}"
        )
    rules.append(".as-card[data-state=skipped] { opacity: .55; border-style: dashed; }")
    return rules


def _port_colors() -> list[str]:
    return [
        f".as-port-{port}, .as-wire-{port}, [data-port={port}] {{ --as-port: "
        f"{'var(--slate-9)' if port == 'any' else theme.PORT_COLORS[port]}; }}"
        for port in _TYPES
    ]


def _fitting() -> list[str]:
    """Plugs that take the wire being dragged stay bright, their names show; cards that have none step back."""
    rules: list[str] = []
    for port in _TYPES:
        for start, end in (("source", "target"), ("target", "source")):
            scope = f".react-flow[data-connecting={start}-{port}]"
            fits = [f".{end}"] if port == "any" else [f".{end}[data-port={port}]", f".{end}[data-port=any]"]
            bright = ", ".join(f"{scope} .react-flow__handle{each}" for each in fits)
            names = ", ".join(f"{scope} .react-flow__handle{each} + .as-port-name" for each in fits)
            inner = ", ".join(f".react-flow__handle{each}" for each in (*fits, ".connectingfrom"))
            rules.append(
                f"{bright} {{ opacity: 1; box-shadow: 0 0 0 3px color-mix(in srgb, var(--as-port) 40%, transparent); }}\n"
                f"{names} {{ opacity: 1; }}\n"
                f"{scope} .as-card:not(:has({inner})) {{ opacity: .45; }}\n"
                f"{scope} .react-flow__connection-path {{ stroke: "
                f"{'var(--slate-9)' if port == 'any' else theme.PORT_COLORS[port]}; }}"
            )
    return rules
