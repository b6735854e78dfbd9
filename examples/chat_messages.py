"""A conversation for any chat endpoint: the `Messages` wrapper keeps the history.

Run it: `python examples/chat_messages.py`. Send `env.messages` and `env.tools` to an OpenAI-compatible
endpoint in place of the scripted expert that answers here.
"""

import json

import gymnasium as gym

import eyesmith  # noqa: F401 registers the environments
from eyesmith.envs.wrappers import Messages


def main() -> None:
    """Play one episode and print the roles and the sizes of its messages."""
    env = Messages(gym.make("eyesmith/ZoomQA-v0", source="photos"))
    env.reset(options={"split": "train", "index": 1})
    reward = 0.0
    for call in env.unwrapped.expert():
        _, reward, *_ = env.step(json.dumps({"name": call.name, "arguments": dict(call.arguments)}))
    for message in env.messages:
        calls = [call["function"]["name"] for call in message.get("tool_calls", [])]
        print(f"{message['role']:10} {len(json.dumps(message)):8} characters  {' '.join(calls)}")
    print(f"reward {reward}; {len(env.tools)} tools")


if __name__ == "__main__":
    main()
