"""May this wire be drawn, asked in the browser while it is dragged; and the words that say why not.

The rules are those of `runtime.graph.connect.refusal`, in the same order and the same words; the server asks again when
the wire arrives. The reason stands beside the refusing plug while the pointer is over it, and four seconds longer.
"""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar

from studio.canvas.library import LIBRARY, RF, js

WIRES_CODE = """
globalThis.alphaswarmWires ??= (() => {
  let last = null, listener = null;
  const named = (ports, id) => ports.find(p => p.id === id);
  const closesLoop = (rf, source, target) => {
    const next = new Map();
    for (const e of rf.getEdges()) next.has(e.source) ? next.get(e.source).push(e.target) : next.set(e.source, [e.target]);
    const seen = new Set([target]), todo = [target];
    while (todo.length) for (const n of next.get(todo.pop()) ?? []) if (!seen.has(n)) { seen.add(n); todo.push(n); }
    return seen.has(source);
  };
  const refusal = (rf, c) => {
    if (c.source === c.target) return "A node cannot be wired to itself.";
    const giver = rf.getNode(c.source)?.data, taker = rf.getNode(c.target)?.data;
    const out = giver && named(giver.outs, c.sourceHandle), into = taker && named(taker.ins, c.targetHandle);
    if (!out || !into) return "A wire goes from an output to an input.";
    if (into.type !== "any" && out.type !== "any" && into.type !== out.type)
      return `${taker.title} expects ${into.type} at ${into.title}, ${giver.title} gives ${out.type}.`;
    const arriving = rf.getEdges().filter(e => e.target === c.target && e.targetHandle === c.targetHandle);
    if (arriving.some(e => e.source === c.source && e.sourceHandle === c.sourceHandle)) return "This wire is already drawn.";
    if (arriving.length && !into.many)
      return `${into.title} of ${taker.title} takes one wire. Delete the one that is there first.`;
    return closesLoop(rf, c.source, c.target) ? "This wire would close a loop, which would never end. To repeat something, use a Loop node." : "";
  };
  const plug = (node, id, side) => document.querySelector(
    `.react-flow__handle.${side}[data-nodeid="${CSS.escape(node)}"][data-handleid="${CSS.escape(id)}"]`);
  const show = (hint) => listener?.(hint);
  const explainAt = (element, words) => {
    const box = element?.getBoundingClientRect();
    if (box && words) show({words, left: box.left + box.width / 2, top: box.bottom + 8});
  };
  return {
    refusal,
    allows: (rf, c) => {
      const words = refusal(rf, c);
      last = {words, element: plug(c.target, c.targetHandle, "target")};
      return words === "";
    },
    explain: (rf, from, to) => {
      const [s, t] = from.type === "source" ? [from, to] : [to, from];
      const words = from.type === to.type ? "A wire goes from an output to an input."
        : refusal(rf, {source: s.nodeId, sourceHandle: s.id, target: t.nodeId, targetHandle: t.id});
      explainAt(plug(to.nodeId, to.id, to.type), words);
    },
    explainLast: () => { if (last?.words) explainAt(last.element, last.words); last = null; },
    show,
    listen: (f) => { listener = f; return () => { if (listener === f) listener = null; }; },
  };
})();
"""

_HINT_CODE = (
    WIRES_CODE
    + """
const WireHint = () => {
  const rf = useReactFlow();
  const [hint, setHint] = useState(null);
  const over = useConnection(c => c.inProgress && c.toHandle && c.isValid === false
    ? JSON.stringify([c.fromHandle, c.toHandle].map(h => ({nodeId: h.nodeId, id: h.id, type: h.type}))) : "");
  useEffect(() => alphaswarmWires.listen(setHint), []);
  useEffect(() => { if (over) alphaswarmWires.explain(rf, ...JSON.parse(over)); }, [over]);
  useEffect(() => {
    if (!hint || over) return;
    const hide = () => setHint(null), timer = setTimeout(hide, 4000);
    window.addEventListener("pointerdown", hide, true);
    return () => { clearTimeout(timer); window.removeEventListener("pointerdown", hide, true); };
  }, [hint, over]);
  return jsx("div", {role: "status", className: hint ? "as-wire-hint" : "as-hidden", "data-testid": "wire-refusal",
    style: hint ? {left: hint.left, top: hint.top} : undefined}, hint?.words ?? "");
};
"""
)


IS_VALID_CONNECTION = js("((c) => alphaswarmWires.allows(rf, c))", Any, RF)
"""The function that React Flow asks while a wire is dragged."""


class WireHint(rx.Component):
    """Says why a plug refuses the wire that is held over it. Stands below `Provider`."""

    tag = "WireHint"

    def add_imports(self) -> dict[str, Any]:
        """Return what the code needs."""
        return {
            "react": [ImportVar("useEffect"), ImportVar("useState")],
            LIBRARY: [ImportVar("useConnection"), ImportVar("useReactFlow")],
        }

    def add_custom_code(self) -> list[str]:
        """Return the component itself."""
        return [_HINT_CODE]
