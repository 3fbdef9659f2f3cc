"""Brings the server's patches to the canvas, by sequence number, and the run's states to the cards.

A patch is `{seq, ops}` (`studio.canvas.projection`). The same number is ignored, the next one applied; a gap (reload,
reconnect, two patches in one render) makes the bridge ask for a snapshot, so nothing is ever lost silently. Run states
go to a small store outside of React Flow's nodes, so that one state renders one card.
"""

from typing import Any, TypedDict, cast

import reflex as rx
from reflex.vars.base import Var
from reflex_base.utils.imports import ImportVar
from reflex_components_core.base.fragment import Fragment

from studio.canvas.library import RF
from studio.canvas.projection import Op

_passed = cast(Any, rx.event.passthrough_event_spec)


class Patch(TypedDict):
    """What brings the canvas from one state to the next."""

    seq: int
    ops: list[Op]


class RunChanges(TypedDict):
    """What a followed run tells the cards: node id → `{status, line}`; number 0 takes everything back."""

    seq: int
    changes: dict[str, dict[str, str]]


PATCH_CODE = """
globalThis.alphaswarmApply ??= (flow, ops) => {
  const motion = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 160;
  const merge = (list, news) => {
    const byId = new Map(news.map(x => [x.id, x]));
    const kept = list.map(x => { const n = byId.get(x.id); byId.delete(x.id); return n ? {...x, ...n} : x; });
    return [...kept, ...byId.values()];
  };
  const only = (list, news) => {
    const old = new Map(list.map(x => [x.id, x]));
    return news.map(n => ({...n, selected: old.get(n.id)?.selected, measured: old.get(n.id)?.measured}));
  };
  for (const o of ops) switch (o.op) {
    case 'reset':
      flow.setNodes(l => only(l, o.nodes));
      flow.setEdges(l => only(l, o.edges));
      // The canvas itself may be mounted in this very moment; it can fit only after that.
      if (o.fit) requestAnimationFrame(() => requestAnimationFrame(() => flow.fitView({padding: 0.1, maxZoom: 1})));
      break;
    case 'put':
      flow.setNodes(l => merge(l, o.nodes));
      flow.setEdges(l => merge(l, o.edges));
      break;
    case 'del': {
      const n = new Set(o.nodes), e = new Set(o.edges);
      flow.setEdges(l => l.filter(x => !e.has(x.id) && !n.has(x.source) && !n.has(x.target)));
      flow.setNodes(l => l.filter(x => !n.has(x.id)));
      break;
    }
    case 'draw': flow.setNodes(l => l.map(x => o.nodes[x.id] ? {...x, ...o.nodes[x.id]} : x)); break;
    case 'move': flow.setNodes(l => l.map(x => o.nodes[x.id] ? {...x, position: o.nodes[x.id]} : x)); break;
    case 'select': {
      const n = new Set(o.nodes);
      flow.setNodes(l => l.map(x => x.selected === n.has(x.id) ? x : {...x, selected: n.has(x.id)}));
      flow.setEdges(l => l.map(x => x.selected ? {...x, selected: false} : x));
      break;
    }
    case 'focus': {
      const n = new Set(o.nodes);
      flow.setNodes(l => l.map(x => x.selected === n.has(x.id) ? x : {...x, selected: n.has(x.id)}));
      flow.fitView({nodes: o.nodes.map(id => ({id})), maxZoom: 1, minZoom: 0.6, padding: 0.4, duration: motion});
      break;
    }
    case 'fit': flow.fitView({padding: 0.1, maxZoom: 1, duration: motion}); break;
  }
};
"""


class Bridge(Fragment):
    """Applies patches. Child of the canvas; only this component renders on a patch."""

    patch: rx.Var[dict[str, Any]]
    on_need_snapshot: rx.EventHandler[_passed(int)]
    """The canvas has missed something; gives the number it has, -1 when it has nothing."""
    on_taken: rx.EventHandler[_passed(int)]
    """The canvas has taken a whole drawing; gives its number, so that it need not be kept."""

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "patch", "on_need_snapshot", "on_taken"]

    def add_imports(self) -> dict[str, Any]:
        """Return what the hook needs."""
        return {"react": [ImportVar("useEffect"), ImportVar("useRef")]}

    def add_custom_code(self) -> list[str]:
        """Return how the operations of a patch change the canvas."""
        return [PATCH_CODE]

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the effect that applies a patch."""
        ask = Var.create(self.event_triggers["on_need_snapshot"])
        taken = Var.create(self.event_triggers["on_taken"])
        return [
            Var(
                f"""const seq = useRef(-1), asked = useRef(false);
useEffect(() => {{
  const p = {self.patch}, flow = {RF}, fresh = p.ops[0]?.op === 'reset';
  if (p.seq === seq.current) return;
  if (!fresh && (seq.current < 0 || p.seq !== seq.current + 1)) {{
    if (!asked.current) {{ asked.current = true; {ask}(seq.current); }}
    return;
  }}
  asked.current = false; seq.current = p.seq;
  alphaswarmApply(flow, p.ops);
  if (fresh) {taken}(p.seq);
}}, [{self.patch}.seq]);"""
            )
        ]


RUN_STORE_CODE = """
globalThis.alphaswarmRun ??= (() => {
  const none = {status: "", line: ""};
  let states = new Map();
  const watchers = new Map();
  const wake = (id) => watchers.get(id)?.forEach(f => f());
  return {
    get: (id) => states.get(id) ?? none,
    watch: (id, f) => {
      if (!watchers.has(id)) watchers.set(id, new Set());
      watchers.get(id).add(f);
      return () => watchers.get(id)?.delete(f);
    },
    put: (changes) => { for (const [id, state] of Object.entries(changes)) { states.set(id, state); wake(id); } },
    clear: () => { const ids = [...states.keys()]; states = new Map(); ids.forEach(wake); },
  };
})();
"""


class RunFeed(Fragment):
    """Puts a run's states into the store that the cards read. Renders once per change, and nothing else does."""

    changes: rx.Var[dict[str, Any]]
    run: rx.Var[str]
    """The followed run; another one starts from nothing."""

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "changes", "run"]

    def add_imports(self) -> dict[str, Any]:
        """Return what the hook needs."""
        return {"react": [ImportVar("useEffect"), ImportVar("useRef")]}

    def add_custom_code(self) -> list[str]:
        """Return the store."""
        return [RUN_STORE_CODE]

    def add_hooks(self) -> list[str | Var[Any]]:
        """Return the effect that fills the store."""
        return [
            Var(
                f"""const told = useRef(-1);
useEffect(() => {{ alphaswarmRun.clear(); told.current = -1; }}, [{self.run}]);
useEffect(() => {{
  const c = {self.changes};
  if (c.seq === told.current) return;
  told.current = c.seq;
  alphaswarmRun.put(c.changes);
}}, [{self.changes}.seq, {self.run}]);"""
            )
        ]
