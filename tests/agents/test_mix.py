"""Mixes and config files: what they may say, how a mix is divided, and where it goes."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.__main__ import main
from eyesmith.agents.flags import COLLECT, FORMATS, Settings, config_of, read_keys
from eyesmith.agents.mix import Part, collect_mix, divide, read_mix
from eyesmith.errors import RunError, UsageError
from eyesmith.trajectories import record
from eyesmith.trajectories.folders import runs_in
from eyesmith.trajectories.run import Run

PAINT = "toys:toys/Paint-v0"
ZOOM = "eyesmith/ZoomQA-v0"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toys: ModuleType) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "mix.yaml") -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def common(**values: Any) -> Settings:
    return Settings({"episodes": 8, "group": 2, "workers": 1} | values)


def saved(folder: str) -> dict[str, Any]:
    return json.loads((Path(folder) / "config.json").read_text())


# -- dividing


@given(st.integers(0, 500), st.lists(st.floats(0.01, 100), min_size=1, max_size=8))
def test_a_division_is_whole_and_within_one_of_the_share(groups: int, weights: list[float]) -> None:
    counts = divide(groups, weights)
    assert sum(counts) == groups
    for count, weight in zip(counts, weights, strict=True):
        assert abs(count - groups * weight / sum(weights)) < 1 + 1e-9


@pytest.mark.parametrize(
    ("groups", "weights", "counts"),
    [
        (8, [3, 1], [6, 2]),
        (7, [3, 1], [5, 2]),
        (1, [1, 1], [1, 0]),
        (10, [0.1, 0.2, 0.7], [1, 2, 7]),
        (100, [53_000, 24_000, 23_000], [53, 24, 23]),
        # Quotas of 5.2, 3.3 and 1.5: what is left goes to the third.
        (10, [52, 33, 15], [5, 3, 2]),
        (3, [1e-9, 1e9], [0, 3]),
        # A tie goes to the first, also where 0.3 is stored as a little less.
        (2, [0.3, 0.1], [2, 0]),
        (2, [0.1, 0.3], [1, 1]),
    ],
)
def test_the_largest_remainder_gets_what_is_left(
    groups: int, weights: list[float], counts: list[int]
) -> None:
    assert divide(groups, weights) == counts


# -- mix files


def test_a_mix_divides_whole_groups_and_keeps_what_each_row_says() -> None:
    path = write(
        f"""
- env: {PAINT}
  weight: 3
  split: test
  env.cache_dir: null
- {{env: {PAINT}, policy: random, seed: 5, max-turns: 4, env_kwargs: {{dense: true}}, timeout: 9}}
- {{env: {ZOOM}, weight: 2, name: zoomed, difficulty: 2}}
"""
    )
    settings = Settings(
        {"episodes": 24, "group": 2, "policy": "cheat:guess", "split": "train"}, {"recipe": "ergo"}
    )
    parts = read_mix(path, settings)
    assert [(part.name, part.weight, part.config.episodes) for part in parts] == [
        ("paint-cheat-guess", 3, 12),
        ("paint-random", 1, 4),
        ("zoomed", 2, 8),
    ]
    first, second, third = (part.config for part in parts)
    assert (first.split, second.split, second.seed, second.timeout_s) == ("test", "train", 5, 9.0)
    assert first.env_kwargs == {"recipe": "ergo", "cache_dir": None}
    assert second.env_kwargs == {"recipe": "ergo", "max_turns": 4, "dense": True}
    assert third.env_kwargs == {"recipe": "ergo", "difficulty": 2}
    assert {config.group for config in (first, second, third)} == {2}


def test_names_of_one_kind_are_numbered() -> None:
    row = f"- env: {PAINT}\n"
    assert [part.name for part in read_mix(write(row * 3))] == [
        "paint-expert",
        "paint-expert-2",
        "paint-expert-3",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("env: a", "must be a list of environments"),
        ("[]", "must be a list of environments"),
        ("- just a word", "must be a list of environments"),
        (
            "- {env: a, weigth: 2}",
            r"mix.yaml, environment 1 has an unknown key 'weigth'.*Did you mean 'weight'",
        ),
        (f"- env: {ZOOM}\n- {{env: {ZOOM}, n: 8}}", r"environment 2 has an unknown key 'n'"),
        ("- weight: 2", "names no environment"),
        (f"- {{env: {ZOOM}, weight: 0}}", "weight must be a number above 0, got 0"),
        (f"- {{env: {ZOOM}, weight: .nan}}", "above 0, got nan"),
        (f"- {{env: {ZOOM}, weight: two}}", "above 0, got 'two'"),
        (f"- {{env: {ZOOM}, weight: true}}", "above 0, got True"),
        (f"- {{env: {ZOOM}, seed: x}}", "seed must be an integer, got 'x'"),
        (f"- {{env: {ZOOM}, policy: exprt}}", "Did you mean 'expert'"),
        (f"- {{env: {ZOOM}, name: ../up}}", "must be a plain name of a folder"),
        (f"- {{env: {ZOOM}, name: 5}}", "name must be a text, got 5"),
        (f"- {{env: {ZOOM}, name: a}}\n- {{env: {ZOOM}, name: a}}", "the name 'a' is taken"),
        (f"- {{env: {ZOOM}, env_kwargs: 3}}", "env_kwargs must be names and values"),
        (f"- {{env: {ZOOM}, env.kind: a, env_kwargs: {{kind: b}}}}", "says kind twice"),
        (f"- {{env: {ZOOM}, max-turns: 3, max_turns: 4}}", "says max_turns twice"),
        (
            f"- {{env: {ZOOM}, weight: 9}}\n- {{env: {ZOOM}}}",
            "zoom_qa-expert-2 of weight 1 gets no group of 8 .* raise -n to 80,",
        ),
        ("- {env: [", "mix.yaml, line 1 is no YAML"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_mix(write(text), Settings({"episodes": 16, "group": 8}))


def test_a_missing_or_unreadable_file_is_named() -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml cannot be read \(No such file"):
        read_mix("gone.yaml")
    Path("latin.yaml").write_bytes(b"- env: caf\xe9")
    with pytest.raises(UsageError, match=r"latin\.yaml cannot be read \(it is no UTF-8\)"):
        read_mix("latin.yaml")


def test_raising_n_as_told_is_enough() -> None:
    path = write(f"- {{env: {ZOOM}, weight: 9}}\n- {{env: {ZOOM}}}\n- {{env: {ZOOM}, weight: 0.3}}")
    with pytest.raises(UsageError, match="raise -n to ") as found:
        read_mix(path, Settings({"episodes": 16, "group": 8}))
    enough = int(str(found.value).split("raise -n to ")[1].split(",")[0])
    assert (
        min(part.config.episodes for part in read_mix(path, Settings({"episodes": enough, "group": 8}))) >= 8
    )


# -- collecting a mix


def test_a_mix_is_a_folder_of_runs_and_can_be_gone_on_with() -> None:
    path = write(f"- {{env: {PAINT}, weight: 3}}\n- {{env: {PAINT}, policy: random, split: test}}")
    reports = collect_mix(read_mix(path, common()), "out")
    assert [(report.out.name, report.done) for report in reports] == [
        ("paint-expert", 6),
        ("paint-random", 2),
    ]
    assert [folder.name for folder in runs_in(Path("out"))] == ["paint-expert", "paint-random"]
    assert saved("out/paint-random")["split"] == "test"
    told = json.loads(Path("out/mix.json").read_text())
    assert [(part["name"], part["weight"], part["config"]["episodes"]) for part in told["parts"]] == [
        ("paint-expert", 3, 6),
        ("paint-random", 1, 2),
    ]
    with pytest.raises(RunError, match="holds a mix; add --resume"):
        collect_mix(read_mix(path, common()), "out")
    more = collect_mix(read_mix(path, common(episodes=16)), "out", resume=True)
    assert [(report.before, report.done) for report in more] == [(6, 6), (2, 2)]
    ids = [episode.id for folder in runs_in(Path("out")) for episode in Run.open(folder).episodes(())]
    assert len(ids) == len(set(ids)) == 16
    write(f"- {{env: {PAINT}}}")
    with pytest.raises(RunError, match="holds a mix with paint-random, which this one lacks"):
        collect_mix(read_mix(path, common()), "out", resume=True)


def test_a_mix_that_was_cut_off_is_finished() -> None:
    path = write(f"- {{env: {PAINT}}}\n- {{env: {PAINT}, policy: random}}")
    seen: list[str] = []

    class Cut:
        def __init__(self, part: Part) -> None:
            self.part = part

        def __enter__(self) -> Any:
            if self.part.name == "paint-random":
                raise KeyboardInterrupt
            return lambda report: seen.append(self.part.name)

        def __exit__(self, *error: object) -> None:
            pass

    with pytest.raises(KeyboardInterrupt):
        collect_mix(read_mix(path, common()), "out", shown=Cut)
    assert seen == ["paint-expert"] * 4
    assert [report.done for report in collect_mix(read_mix(path, common()), "out", resume=True)] == [0, 4]


def test_every_part_is_checked_before_the_first_begins() -> None:
    parts = read_mix(write(f"- {{env: {PAINT}}}\n- {{env: {PAINT}, split: tset}}"), common())
    with pytest.raises(UsageError, match="Did you mean 'test'"):
        collect_mix(parts, "out")
    assert not Path("out").exists()


def test_a_folder_of_something_else_is_not_touched() -> None:
    parts = read_mix(write(f"- {{env: {PAINT}}}"), common())
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("x")
    with pytest.raises(RunError, match="no mix"):
        collect_mix(parts, "mine", resume=True)
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.txt"]
    Run.create("single", {"env": PAINT}).close()
    with pytest.raises(RunError, match="holds a single run"):
        collect_mix(parts, "single", resume=True)
    Path("file").touch()
    with pytest.raises(RunError, match="file is a file"):
        collect_mix(parts, "file")


def test_no_home_path_is_stored() -> None:
    parts = read_mix(write(f"- {{env: {PAINT}, env.cache_dir: {Path.home()}/worlds}}"), common())
    collect_mix(parts, "out")
    text = Path("out/mix.json").read_text()
    assert '"~/worlds"' in text
    assert str(Path.home()) not in text


# -- config files and the command line


def test_flags_and_keys_are_the_same_names() -> None:
    assert set(FORMATS) == set(record.FORMATS)
    values = {str: "x", int: 3, float: 2.5, bool: True}
    raw: dict[str, Any] = {
        flag.name: flag.choices[0] if flag.choices else values[flag.kind] for flag in COLLECT
    }
    raw |= {flag.name: [raw[flag.name]] for flag in COLLECT if flag.is_many}
    found = read_keys(raw, COLLECT, "file")
    assert set(found.values) == {flag.target for flag in COLLECT}
    assert read_keys({"n": 8, "timeout": 5, "workers": None}, COLLECT, "file").values == {
        "episodes": 8,
        "timeout_s": 5.0,
    }


def test_what_was_saved_is_what_was_resolved() -> None:
    write(
        f"env: {ZOOM}\nn: 4\ng: 4\npolicy: random\nseed: 3\nenv.kind: swatch\nmax-turns: 5\nworkers: 1\n"
        "out: from-file\n",
        "run.yaml",
    )
    assert main(["collect", "--config", "run.yaml"]) == 0
    config = saved("from-file")
    assert (config["env"], config["policy"], config["episodes"], config["seed"]) == (ZOOM, "random", 4, 3)
    assert config["env_kwargs"] == {"kind": "swatch", "max_turns": 5}

    # What stands on the command line wins, the environment's arguments one by one.
    flags = [
        "--out",
        "by-flag",
        "--policy",
        "expert",
        "-n",
        "2",
        "-g",
        "1",
        "--max-turns",
        "7",
        "--env.vision=qwen3_vl",
    ]
    assert main(["collect", "--config", "run.yaml", *flags]) == 0
    config = saved("by-flag")
    assert (config["policy"], config["episodes"], config["group"], config["seed"]) == ("expert", 2, 1, 3)
    assert config["env_kwargs"] == {"kind": "swatch", "max_turns": 7, "vision": "qwen3_vl"}
    assert not {"config", "out"} & set(config)


def test_a_config_file_serves_eval_with_its_own_keys() -> None:
    write(f"env: {PAINT}\nn: 2\ng: 1\nworkers: 1\nsuccess: 0.9\nout: e\n", "eval.yaml")
    assert main(["eval", "--config", "eval.yaml"]) == 0
    assert json.loads(Path("e/eval.json").read_text())["results"][0]["success_at"] == 0.9
    assert main(["collect", "--config", "eval.yaml"]) == 2  # success is no key of collect


def test_the_command_collects_and_evaluates_a_mix(capsys: pytest.CaptureFixture[str]) -> None:
    write(f"- {{env: {PAINT}, weight: 3}}\n- {{env: {PAINT}, policy: random}}", "two.yaml")
    sizes = ["-n", "8", "-g", "2", "--workers", "1"]
    assert main(["collect", "--mix", "two.yaml", *sizes, "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "paint-expert: 6 episodes" in said
    assert "paint-random: 2 episodes" in said
    assert main(["eval", "--mix", "two.yaml", *sizes]) == 0
    told = json.loads(Path("runs/eval-two/eval.json").read_text())
    assert [(result["run"], result["overall"]["episodes"]) for result in told["results"]] == [
        ("paint-expert", 6),
        ("paint-random", 2),
    ]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("polcy: random", [], "unknown key 'polcy'"),
        ("polcy: random", [], "Did you mean 'policy'"),
        ("config: other.yaml", [], "unknown key 'config'"),
        ("- a", [], "must hold keys and values"),
        ("n: many", [], "n must be an integer, got 'many'"),
        ("n: 2.0", [], "n must be an integer, got 2.0"),
        ("resume: 1", [], "resume must be true or false, got 1"),
        ("image-format: gif", [], "image-format must be one of png, webp, jpeg, got 'gif'"),
        ("out: x", [], "no environment is named"),
        ("n: 5\ng: 2", [ZOOM, "--out", "x"], "must be a multiple of the group"),
        ("mix: m.yaml\nenv: a-v0\nout: x", [], "a mix names its environments itself"),
        ("n: 2", [ZOOM, "--mix", "m.yaml", "--out", "x"], "a mix names its environments itself"),
    ],
)
def test_a_config_file_that_cannot_be_is_refused(
    text: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(text, "run.yaml")
    assert main(["collect", "--config", "run.yaml", *words]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["run.yaml"]


def test_an_environment_by_flag_beats_a_mix_in_the_file() -> None:
    write("mix: gone.yaml\nn: 1\ng: 1\nworkers: 1\nout: x\n", "run.yaml")
    assert main(["collect", PAINT, "--config", "run.yaml"]) == 0
    assert saved("x")["env"] == PAINT


def test_settings_that_nobody_gave_are_the_defaults_of_the_config() -> None:
    config = config_of(Settings({"env": ZOOM}))
    assert (config.episodes, config.group, config.concurrency, config.policy) == (64, 8, 32, "expert")
    assert (config.split, config.seed, config.timeout_s, config.retries) == ("train", 0, 600.0, 2)
