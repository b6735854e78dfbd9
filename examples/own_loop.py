"""An RL loop of one's own: stock Gymnasium, a vector of environments, a policy from text to text.

Run it: `python examples/own_loop.py`. The policy here zooms at random and guesses; put a model in its place.
"""

import json
import random

import gymnasium as gym

import eyesmith  # noqa: F401 registers the environments

EPISODES = 8
COPIES = 4


def policy(text: str, chance: random.Random) -> str:
    """A tool call as JSON, from what the agent reads."""
    if "v2:" in text or chance.random() < 0.3:
        return json.dumps({"name": "answer", "arguments": {"value": chance.choice("ABCD")}})
    x, y = chance.uniform(0, 150), chance.uniform(0, 150)
    return json.dumps({"name": "zoom_in", "arguments": {"bbox_2d": [x, y, x + 50, y + 50]}})


def main() -> None:
    """Play EPISODES episodes in COPIES environments and print what they earned."""
    chance = random.Random(0)
    envs = gym.make_vec("eyesmith/ZoomQA-v0", COPIES, vectorization_mode="sync", kind="swatch", difficulty=1)
    observations, _ = envs.reset(seed=0)
    rewards: list[float] = []
    while len(rewards) < EPISODES:
        actions = tuple(policy(text, chance) for text in observations["text"])
        observations, paid, terminated, truncated, infos = envs.step(actions)
        for i in range(COPIES):
            if terminated[i] or truncated[i]:
                rewards.append(float(paid[i]))
                print(f"{infos['task_id'][i]}: {paid[i]:.2f}")
    print(f"mean reward of {len(rewards)} episodes: {sum(rewards) / len(rewards):.3f}")
    envs.close()


if __name__ == "__main__":
    main()
