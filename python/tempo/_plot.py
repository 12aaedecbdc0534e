"""Plans with matplotlib: what Plan.plot() does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._tempo import Plan

UNITS = {
    "ba": "batches",
    "ep": "epochs",
    "sp": "samples",
    "tok": "tokens",
    "dur": "fraction of the run",
}


def plot(
    plan: Plan,
    ax: Axes | None = None,
    *,
    field: str | None = None,
    unit: str | None = None,
    log: bool = False,
    **line: Any,
) -> Axes:
    """Draws the tracks of one field of a plan; see Plan.plot()."""
    from matplotlib import pyplot

    tracks = plan.tracks
    if field is None:
        field = tracks[0].field
    chosen = [index for index, track in enumerate(tracks) if track.field == field]
    if not chosen:
        driven = ", ".join(sorted({track.field for track in tracks}))
        raise ValueError(f"no schedule drives {field!r}; what is driven: {driven}")
    curves = [plan.points(index, unit=unit, log=log) for index in chosen]
    if ax is None:
        ax = pyplot.figure().add_subplot()
    for index, points in zip(chosen, curves):
        ax.plot(*points, **{"label": tracks[index].group or None, **line})
    if log:
        ax.set_yscale("log")
    ax.set_xlabel(UNITS[curves[0].unit])
    ax.set_ylabel(field)
    if any(tracks[index].group for index in chosen):
        ax.legend()
    return ax
