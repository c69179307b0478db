"""Where results are written: a folder of the build, and with --publish the documentation."""

import json

from . import plot
from .options import ROOT

DOCUMENT = ROOT / "docs/performance.md"
BEGIN, END = "<!-- results: scripts/bench --publish -->", "<!-- end of results -->"


def write_pages(results, options):
    """All page loads, one JSON object each."""
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "pages.json").write_text(json.dumps(results, indent=1) + "\n")


def write(sections, plots, options, tell):
    """`plots`: file name -> SVG."""
    options.output.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(section.strip() for section in sections) + "\n"
    (options.output / "results.md").write_text(text)
    for name, svg in plots.items():
        (options.output / name).write_text(svg)
    tell(f"written to {options.output}")
    if options.publish:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        shown = "\n".join(f"![{title}]({name})" for name, title in plot.TITLES.items() if name in plots)
        DOCUMENT.write_text(f"{before}{BEGIN}\n\n{shown}\n\n{text}\n{END}{after}")
        for name, svg in plots.items():
            (DOCUMENT.parent / name).write_text(svg)
        tell(f"published in {DOCUMENT}")
