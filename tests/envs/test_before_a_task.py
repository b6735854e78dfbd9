"""What an environment says before its first task."""

import pytest

import eyesmith
from eyesmith.envs.describe import make_env
from eyesmith.errors import UsageError


@pytest.mark.parametrize("env_id", eyesmith.env_ids())
def test_experts_and_cheats_wait_for_a_task(env_id):
    env = make_env(env_id)
    with pytest.raises(UsageError, match="no task has begun"):
        list(env.expert())
    with pytest.raises(UsageError, match="no task has begun"):
        [list(play()) for play in env.cheats().values()]
    env.close()
