"""What readers see: figures, the story and the report."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import pytest

from experiments.figures import FIGURES
from experiments.figures.style import Picture
from experiments.plots import Plots
from experiments.record import Run, load
from experiments.report import write_report
from experiments.story import tell
from tests.experiments.sample_run import calm_run, hand_made_run, sample_run

RUNS = {
    "storm": sample_run(steps=120, events=250),
    "by hand": hand_made_run(),
    "calm": calm_run(),
    "no twin": sample_run(steps=40, events=20, markets=2, twin=False),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
every_figure = pytest.mark.parametrize("name", FIGURES)


def clipped(figure: Picture) -> list[str]:
    """Return the texts of a drawn figure that reach beyond its edges."""
    figure.draw_without_rendering()
    edge = figure.bbox.padded(1.0)
    texts = [figure.texts, *(ax.texts for ax in figure.axes)]
    return [
        text.get_text()
        for group in texts
        for text in group
        if text.get_text()
        and not (
            edge.contains(*text.get_window_extent().p0)
            and edge.contains(*text.get_window_extent().p1)
        )
    ]


@every_run
@every_figure
def test_a_figure_says_what_one_sees_and_fits_on_the_page(name: str, run: Run) -> None:
    figure = FIGURES[name](run)
    assert len(figure.says) > 10
    assert clipped(figure) == []


@pytest.mark.parametrize("name", ["overview", "network", "cascade_tree"])
def test_the_same_run_gives_the_same_picture_whatever_the_settings_outside(name: str) -> None:
    plain = FIGURES[name](RUNS["by hand"]).png()
    assert plain.startswith(b"\x89PNG")
    with mpl.rc_context({"xtick.labelsize": 31, "font.family": "serif", "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert FIGURES[name](RUNS["by hand"]).png() == plain
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["liquidations", "truth", "cascade_tree"])
def test_a_calm_run_says_that_there_was_nothing_to_draw(name: str) -> None:
    assert FIGURES[name](RUNS["calm"]).says == "no liquidations in this run"


@pytest.mark.parametrize("name", ["overview", "margin", "depth", "liquidations"])
def test_axes_carry_their_units(name: str) -> None:
    figure = FIGURES[name](RUNS["storm"])
    for ax in figure.axes:
        said = ax.get_ylabel() + ax.get_title(loc="left")
        assert any(unit in said for unit in ("USD", "share", "basis")), said
    assert any("UTC" in ax.get_xlabel() for ax in figure.axes)


def test_every_figure_is_a_method_of_plot() -> None:
    methods = {name for name in vars(Plots) if not name.startswith("_")} - {"run"}
    assert methods == set(FIGURES)
    for name in FIGURES:
        assert isinstance(getattr(RUNS["by hand"].plot, name)(), Picture)


def test_drawing_needs_no_pyplot_and_reading_no_matplotlib() -> None:
    code = (
        "import sys, experiments.record, experiments.metrics, experiments.store\n"
        "import experiments.report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import experiments.figures\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert 'mesa' not in sys.modules\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)  # noqa: S603


@every_run
def test_the_story_is_told_in_order_and_ends(run: Run) -> None:
    story = tell(run)
    assert 4 <= len(story) <= 11
    assert [s.step for s in story] == sorted(s.step for s in story)
    for sentence in story:
        assert sentence.text.endswith(".")
        assert "nan" not in sentence.text
        assert re.fullmatch(r"\d\d:\d\d:\d\d", sentence.time)


def test_the_story_of_an_attack_tells_how_the_lie_became_true() -> None:
    told = " ".join(sentence.text for sentence in tell(RUNS["storm"]))
    for part in ("captured", "the first liquidation", "the lie has become true", "dragged in"):
        assert part in told


def test_days_are_told_in_runs_longer_than_one() -> None:
    run = hand_made_run()
    start = run.steps["time"].iloc[0]
    slow = run.steps.assign(time=start + 3600 * (run.steps["time"] - start))
    assert tell(replace(run, steps=slow))[0].time == "1 Jan 14:00:00"


@pytest.mark.parametrize("run", [RUNS["storm"], RUNS["calm"]], ids=["storm", "calm"])
def test_a_report_is_one_file_that_needs_nothing_else(run: Run, tmp_path: Path) -> None:
    page = write_report(run, tmp_path / "report.html").read_text()
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
    sources = re.findall(r'src="([^"]{0,30})', page)
    drawn = [name for name, draw in FIGURES.items() if not draw(run).blank]
    assert len(sources) == len(drawn)
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert len(re.findall(r'alt="[^"]{20,}"', page)) == len(drawn)
    assert "$" not in re.sub(r"\$[\d]", "", re.sub(r'src="[^"]*"', "", page))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_report_says_what_it_draws_nothing_of(tmp_path: Path) -> None:
    page = write_report(RUNS["calm"], tmp_path / "report.html").read_text()
    assert "Where losses on claims went: nobody lost anything on anybody&#x27;s failure." in page
    assert 'id="loss_flow"' not in page


def test_a_report_writes_the_manifest_in_its_units(tmp_path: Path) -> None:
    manifest = {"loss_without_network_usd": 9.52e8, "without": [], "clearing_houses": ["x", "y"]}
    run = replace(hand_made_run(), manifest=manifest | {"grace_seconds": {"x": 60}, "halted": ""})
    page = write_report(run, tmp_path / "report.html", {}).read_text()
    rows = dict(re.findall(r'<th scope="row">([\w ]+)</th><td>(.*?)</td></tr>', page))
    assert rows["loss without network usd"] == "$952 m"
    assert rows["clearing houses"] == "x, y"
    assert rows["grace seconds"] == "<ul><li>x: 60 s</li></ul>"
    assert rows["without"] == rows["halted"] == "–"


def test_a_report_is_rebuilt_from_its_folder_alone(tmp_path: Path) -> None:
    run = hand_made_run()
    folder = run.save(tmp_path / "run")
    first = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    write_report(load(folder), folder / "report.html")
    assert (folder / "report.html").read_bytes() == first


def test_a_report_shows_what_it_is_given_as_text_not_as_html(tmp_path: Path) -> None:
    run = replace(hand_made_run(), title="<b>1 & 2</b>", scenario="title: $x <script>")
    page = write_report(run, tmp_path / "report.html", {}).read_text()
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in page
    assert "<script>" not in page


def test_an_interrupted_report_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text(old := "the report of before")

    def pressed(*_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", pressed)
    with pytest.raises(KeyboardInterrupt):
        write_report(RUNS["calm"], path, {})
    assert path.read_text() == old
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]
