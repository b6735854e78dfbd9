import socket
import subprocess
from pathlib import Path

import pytest

from eyesmith.errors import UsageError
from eyesmith.trajectories.provenance import git_commit, package_versions, scrub, scrub_text


def test_nothing_private_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-1234567890")
    monkeypatch.setenv("HOME", "/srv/people/ada")
    monkeypatch.setattr(socket, "gethostname", lambda: "gpu-box-7")
    clean = scrub(
        {
            "model": "/srv/people/ada/models/m",
            "out": Path("/home/bob/runs/x"),
            "note": "on gpu-box-7 with sk-1234567890, not /srv/people/adam",
            "base_url": "https://user:pw@inner.example:8000/v1?key=abc#x",
            "local": "http://localhost:8000/v1",
            "nested": [{"where": ("/Users/cy/a",)}],
        }
    )
    assert clean == {
        "model": "~/models/m",
        "out": "~/runs/x",
        "note": "on <host> with $MY_API_KEY, not /srv/people/adam",
        "base_url": "https://<host>:8000/v1",
        "local": "http://localhost:8000/v1",
        "nested": [{"where": ["~/a"]}],
    }


@pytest.mark.parametrize("name", ["api_key", "apiKey", "HF_TOKEN", "clientSecret", "judge.password", "key"])
def test_a_secret_in_a_config_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="environment"):
        scrub({"engine": {name: "abc"}})


def test_names_that_only_sound_alike_pass() -> None:
    config = {
        "max_tokens": 512,
        "tokenizer": "t",
        "keyboard": "us",
        "api_key": None,
        "hf_token": "",
        "token_env": "MY_TOKEN",
        "monkey": "m",
        "token_exact": True,
    }
    assert scrub(config) == config


def test_a_value_that_json_cannot_hold_is_named() -> None:
    with pytest.raises(UsageError, match=r"engine\.f"):
        scrub({"engine": {"f": print}})


def test_ordinary_text_is_left_alone() -> None:
    text = "the worker said: 3/4 of home/run tests, see a.b/c"
    assert scrub_text(text) == text


def test_versions_and_commit(tmp_path: Path) -> None:
    assert {"python", "numpy"} <= package_versions(["no-such-package-here"]).keys()
    assert "no-such-package-here" not in package_versions(["no-such-package-here"])
    assert git_commit(tmp_path) == ""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "file").write_text("1")
    for command in (["init", "-q"], ["add", "file"], ["commit", "-qm", "m"]):
        subprocess.run([*git, *command], check=True)
    head = git_commit(tmp_path)
    assert len(head) == 40
    (tmp_path / "file").write_text("2")
    assert git_commit(tmp_path) == head + "+"
