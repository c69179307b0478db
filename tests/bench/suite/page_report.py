"""Tables of page loads: each proxy's time as a part of the time without a local proxy."""

import dataclasses
import statistics

from .pages import BASE, Case
from .quiet import QUIET
from .report import table

FIGURES = {"load_ms": "Load", "dom_ms": "DOMContentLoaded", "first_byte_ms": "First byte"}
STATES = {
    "cold": "The proxy has just started and knows no host",
    "warm": "The proxy has loaded the page once; the browser is new",
}
GOALS = {("cold", 50): 0.80, ("cold", 150): 0.75, ("warm", 50): 0.70, ("warm", 150): 0.60}


def case_of(result):
    return Case(**{field.name: result[field.name] for field in dataclasses.fields(Case)})


class Loads:
    """Results by case, row and round."""

    def __init__(self, results):
        self.cases = list(dict.fromkeys(case_of(result) for result in results))
        self.rows = list(dict.fromkeys(result["row"] for result in results if result["row"] != BASE))
        self._by_key = {(case_of(one), one["row"], one["state"], one["round"]): one for one in results}
        self._rounds = sorted({result["round"] for result in results})

    def values(self, case, row, state, figure):
        """One for each round; None where the load failed or there was none."""
        return [self._by_key.get((case, row, state, number), {}).get(figure) for number in self._rounds]

    def median(self, case, row, state, figure):
        values = [value for value in self.values(case, row, state, figure) if value is not None]
        return statistics.median(values) if values else None

    def ratio(self, case, row, state, figure):
        """The median of the rounds' ratios."""
        pairs = zip(self.values(case, row, state, figure), self.values(case, BASE, state, figure))
        ratios = [mine / base for mine, base in pairs if mine is not None and base]
        return statistics.median(ratios) if ratios else None

    def is_disturbed(self, case, row, state):
        """True when other work took more than QUIET of the processors before most of the loads."""
        return (self.median(case, row, state, "busy") or 0) > QUIET


def ratio_table(loads, state, figure):
    def cell(case, row):
        ratio = loads.ratio(case, row, state, figure)
        if ratio is None:
            return "–"
        return f"{'~' if loads.is_disturbed(case, row, state) else ''}{ratio:.2f}"

    lines = []
    for case in loads.cases:
        base = loads.median(case, BASE, state, figure)
        lines.append([case.name, "–" if base is None else f"{base:,.0f}", *(cell(case, row) for row in loads.rows)])
    return table(["", f"{BASE}, ms", *loads.rows], lines)


def counts_table(loads):
    """CONNECTs or, over plain HTTP, connections at the gateway for one page."""
    def cell(case, row, state):
        value = loads.median(case, row, state, "connections" if case.kind == "http" else "connects")
        return "–" if value is None else f"{value:.0f}"

    names = [BASE, *loads.rows]
    lines = [[case.name, *(" / ".join(cell(case, row, state) for state in STATES) for row in names)]
             for case in loads.cases if case.gateway]
    return table(["", *names], lines)


def goals(loads, ours):
    """[text, wanted, measured, met] of the worst case of each goal."""
    for (state, distance), most in GOALS.items():
        ratios = {case: loads.ratio(case, ours, state, "load_ms") for case in loads.cases
                  if case.gateway and case.round_trip_ms == distance}
        known = {case: ratio for case, ratio in ratios.items() if ratio is not None}
        if known:
            worst = max(known, key=known.get)
            yield (f"Page load ÷ {BASE}, {state}, {distance} ms (worst of {len(known)}: {worst.name}): {ours}",
                   f"≤ {most:.2f}", f"{known[worst]:.2f}", known[worst] <= most)


def sections(results):
    loads = Loads(results)
    if not loads.cases:
        return
    for figure, title in FIGURES.items():
        for state, meaning in STATES.items():
            yield f"### {title} ÷ {BASE}, {state}\n\n{meaning}.\n\n{ratio_table(loads, state, figure)}\n"
    yield f"### CONNECTs at the gateway for one page (plain HTTP: connections), cold / warm\n\n{counts_table(loads)}\n"
    busy = statistics.median(result["busy"] for result in results)
    yield (f"Before the loads, other work took {busy:.0%} of the processors (median). "
           f"~ marks those before which it took more than {QUIET:.0%} in most rounds.\n")
