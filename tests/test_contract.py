"""One contract, for every id: the same checks as `eyesmith validate`."""

import json

import pytest

import eyesmith
from eyesmith.envs import check
from eyesmith.envs.contract import CHECKS, validate
from eyesmith.envs.describe import make_env
from eyesmith.errors import ContractError, UsageError

TASKS = 3


@pytest.fixture(scope="module")
def reports():
    return {}


@pytest.mark.parametrize("env_id", eyesmith.env_ids())
@pytest.mark.parametrize("check_id", CHECKS)
def test_contract(env_id, check_id, reports):
    if env_id not in reports:
        reports[env_id] = validate(env_id, tasks=TASKS)
    finding = next(f for f in reports[env_id].results if f.check_id == check_id)
    assert finding.status == "pass", "\n".join(finding.evidence)


@pytest.mark.long
@pytest.mark.parametrize("env_id", eyesmith.env_ids())
def test_contract_over_many_tasks(env_id):
    validate(env_id, tasks=40).raise_if_failed()


def test_a_broken_environment_is_found():
    from broken import BrokenEnv

    with pytest.raises(ContractError) as caught:
        check(BrokenEnv())
    text = str(caught.value)
    for check_id in (
        "runtime.rubric_introspectable",
        "runtime.oracle_containment",
        "semantic.oracle_max",
        "semantic.floor_gap",
        "semantic.canary_floor",
        "semantic.no_solution_leakage",
    ):
        assert check_id in text


def test_the_report_has_the_schema_of_rfc_008():
    report = validate("eyesmith/ZoomQA-v0", tasks=1, kwargs={"kind": "swatch"}).as_dict()
    json.dumps(report)
    assert report["report_schema_version"] == "1"
    assert report["verdict"] == "pass"
    assert set(report["results"][0]) == {
        "check_id",
        "status",
        "measured",
        "evidence",
        "remediation",
        "duration_s",
    }
    assert all(finding["check_id"].count(".") == 1 for finding in report["results"])


def test_check_takes_a_wrapped_environment_and_returns_the_report():
    import gymnasium

    assert check(gymnasium.make("eyesmith/ZoomQA-v0", kind="swatch"), tasks=1)


def test_validate_refuses_what_is_no_environment():
    with pytest.raises(UsageError, match="ZoomQA"):
        validate("eyesmith/ZoomQ-v0")
    with pytest.raises(UsageError, match="positive"):
        validate("eyesmith/ZoomQA-v0", tasks=0)


def test_pages_in_the_docs_are_written_from_the_code():
    from eyesmith.envs.describe import page_path
    from eyesmith.envs.page import render_page

    for env_id in eyesmith.env_ids():
        assert page_path(env_id).read_text() == render_page(make_env(env_id)), (
            f"run: eyesmith describe {env_id} --write"
        )
