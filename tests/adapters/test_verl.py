"""verl: a parquet file that it reads, and a loop that its own worker drives; the server alone is ours."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import eyesmith
from eyesmith.adapters.verl import write_verl
from eyesmith.envs.describe import make_env
from eyesmith.errors import UsageError

ZOOM, KWARGS = "eyesmith/ZoomQA-v0", {"kind": "swatch", "difficulty": 1, "max_turns": 3}
LENGTHS = {"data.max_prompt_length": 900, "data.max_response_length": 400}


def example(name: str) -> Any:
    path = Path(eyesmith.__file__).parent / "examples" / f"{name}.py"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_a_row_names_its_task(tmp_path: Path) -> None:
    path = write_verl(ZOOM, tmp_path, n=3, **KWARGS)
    rows = pq.read_table(path).to_pylist()
    assert [json.loads(row["eyesmith"])["index"] for row in rows] == [0, 1, 2]
    env: Any = make_env(ZOOM, **KWARGS)
    order = json.loads(rows[1]["eyesmith"])
    assert order["task_hash"] == env.get_task("train", 1).hash
    assert order["kwargs"] == KWARGS
    assert rows[1]["prompt"][-1] == {"role": "user", "content": env.get_task("train", 1).prompt}
    loops = (tmp_path / "agent_loops.yaml").read_text()
    assert loops == "- name: eyesmith\n  _target_: eyesmith.adapters.verl_loop.EyesmithLoop\n"


def test_more_tasks_than_there_are_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="asked for 0"):
        write_verl(ZOOM, tmp_path, n=0, **KWARGS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("verl", reason="needs verl: make test-verl")
    return example("tiny_models").make_tiny("qwen2_5_vl", tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_verl(ZOOM, tmp_path_factory.mktemp("rows"), n=2, **KWARGS)


@pytest.fixture(scope="module")
def settings(folder: Path, rows: Path) -> Any:
    """verl's own settings of PPO, on the tiny model and the file."""
    import verl
    from hydra import compose, initialize_config_dir

    own = str(Path(verl.__file__).parent / "trainer" / "config")
    over = {
        "actor_rollout_ref.model.path": folder,
        "actor_rollout_ref.rollout.name": "vllm",
        "actor_rollout_ref.rollout.calculate_log_probs": "True",
        "actor_rollout_ref.rollout.multi_turn.enable": "True",
        "actor_rollout_ref.rollout.agent.agent_loop_config_path": rows.parent / "agent_loops.yaml",
        "data.train_files": rows,
        "data.return_raw_chat": "True",
        **LENGTHS,
    }
    with initialize_config_dir(own, version_base=None):
        return compose("ppo_trainer", [f"{name}={value}" for name, value in over.items()])


class Server:
    """Stands where verl's engine samples: the first of a task plays the expert, the others babble."""

    def __init__(self, folder: Path, indices: list[int]) -> None:
        from eyesmith.agents.codec import TurnCodec
        from eyesmith.agents.grpo_experts import written

        self.codec = TurnCodec.load(str(folder))
        env: Any = make_env(ZOOM, **KWARGS)
        self.said: dict[str, list[str]] = {}
        for index in indices:
            task = env.get_task("train", index)
            env.begin(task)
            texts = []
            for call in env.expert():
                texts.append(written(call.name, call.arguments, "hermes"))
                env.call(call)
            self.said[task.prompt.partition("dots on card ")[2][:2]] = texts
        self.asked: list[dict[str, Any]] = []
        self.turns: dict[str, int] = {}
        self.babblers: set[str] = set()
        self.met: set[str] = set()

    async def generate(self, **asked: Any) -> Any:
        from verl.workers.rollout.replica import TokenOutput

        self.asked.append(asked)
        name, text = asked["request_id"], self.codec.text(asked["prompt_ids"])
        card = text.partition("dots on card ")[2][:2]
        turn = self.turns[name] = self.turns.get(name, -1) + 1
        if turn == 0 and card in self.met:
            self.babblers.add(name)
        self.met.add(card)
        ids = self.codec.said("hello" if name in self.babblers else self.said[card][turn])
        return TokenOutput(token_ids=ids, log_probs=[-0.5] * len(ids), stop_reason="completed")


@pytest.mark.verl
@pytest.mark.filterwarnings("ignore")  # of verl, Ray and transformers
def test_verls_worker_plays_a_batch(folder: Path, settings: Any) -> None:
    """From the file through RLHFDataset and AgentLoopWorker to what verl's trainer is given."""
    import asyncio

    from verl import DataProto
    from verl.experimental.agent_loop.agent_loop import AgentLoopWorker
    from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

    server = Server(folder, [0, 1])
    worker = AgentLoopWorker(settings, server)
    data = RLHFDataset([str(settings.data.train_files)], worker.tokenizer, settings.data, worker.processor)
    assert len(data) == 2
    batch = DataProto.from_single_dict(collate_fn([data[0], data[0], data[1], data[1]]))
    batch.meta_info["validate"] = False

    async def play() -> Any:
        from eyesmith.adapters.verl_loop import EyesmithLoop

        try:
            return await worker.generate_sequences(batch)
        finally:
            if EyesmithLoop._pool is not None:
                EyesmithLoop._pool.close()
            EyesmithLoop._pool = EyesmithLoop._opening = None

    found = asyncio.run(play())
    scores = found.batch["rm_scores"].sum(-1).tolist()
    assert sorted(scores) == [0.0, 0.0, 1.0, 1.0]
    assert all(len(asked["image_data"]) >= 1 for asked in server.asked)
    pad = server.codec.banned[0]
    for i, score in enumerate(scores):
        mask = found.batch["response_mask"][i].bool()
        responses = found.batch["responses"][i]
        said = server.codec.text(responses[mask].tolist())
        assert ("answer" in said) == (score == 1.0)
        assert "tool_response" not in said, "what the environment said is not trained on"
        # Placeholders of pictures as many as verl's processor makes features of them.
        inputs = found.non_tensor_batch["multi_modal_inputs"][i]
        pictures = int((inputs["image_grid_thw"].prod(-1) // 4).sum())
        assert int((found.batch["input_ids"][i] == pad).sum()) == pictures
        assert pictures == (128 if score else 64)
        assert found.batch["rollout_log_probs"][i][mask].tolist() == [-0.5] * int(mask.sum())
        assert sum(found.non_tensor_batch["turn_scores"][i]) == pytest.approx(score)
    assert np.isfinite(found.batch["position_ids"].numpy()).all()
