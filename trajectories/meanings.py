"""What each column of an export means, for its card."""

__all__ = ["meaning"]

MEANINGS = {
    "run": "the folder that the episode was collected in",
    "id": "the episode; the same in `default` and `tokens`, unique within a run",
    "group_id": "what the samples of one task share",
    "sample": "number of the sample in its group",
    "env_id": "the environment",
    "env_version": "its version",
    "env_kwargs": "its arguments, JSON",
    "task_id": "the task: environment, split and index",
    "task_hash": "hash of the task's content",
    "task_index": "the task's index in its split",
    "difficulty": "1 to 5, or null",
    "seed": "seed of the sampling, or null",
    "split": "split of the task",
    "policy": "who acted",
    "status": "`ok`, `truncated`, `error` (the machine's failure), `aborted`, or `drift` (a prompt did not "
    "extend the last one)",
    "stop_reason": "why it ended",
    "error": "what failed, or empty",
    "attempts": "how often it was tried",
    "messages": "the conversation, OpenAI style",
    "tools": "declarations of the tools, OpenAI style",
    "image_hashes": "sha256 of size and pixels of each picture, in order of appearance",
    "turns": "one entry a turn: calls (JSON), raw text, tokens, milliseconds, error code",
    "prompt_ids": "token ids of the first prompt, image pads expanded",
    "completion_ids": "all token ids that follow, sampled or not",
    "loss_mask": "1 where the policy sampled the token, one a completion id",
    "logprobs": "of the sampled tokens as the engine gave them, 0 elsewhere, natural logarithm",
    "engine_ids": "prompt and completion with one pad a picture, as the engine takes them",
    "image_spans": "where a picture stands in prompt + completion ids: first token, tokens, index in "
    "`image_hashes`",
    "segments": "earlier sequences of the same columns, where history was edited; the columns beside hold "
    "the last one",
    "reward": "sum of `step_rewards`; null where the machine failed",
    "score": "grade at the end; null where it was never graded",
    "components": "terms of the reward: name, level, role (gate, base, bonus, penalty), weight",
    "step_rewards": "reward of each turn",
    "metrics": "name -> number, JSON",
    "recipe": "how the terms were composed",
    "why": "one line that a person can check",
    "model": "the model, or empty for a scripted policy",
    "model_revision": "its revision",
    "template_hash": "sha256 of the chat template",
    "tokenizer_hash": "sha256 of the tokenizer",
    "sampling": "sampling parameters, JSON",
    "backend": "engine and version",
    "token_exact": "whether each prompt extended the last one token by token; null without tokens",
    "versions": "package -> version, JSON",
    "git_commit": "commit of the code; `+` where it was changed",
    "created": "UTC, whole seconds",
    "sha256": "of size and pixels, as in `image_hashes`",
    "height": "px",
    "width": "px",
    "image": "the picture, its bytes as they were stored",
    "images": "pictures in the order of their placeholders, bytes as they were stored",
    "prompt": "what both sides saw before they parted",
    "chosen": "what the better episode did next",
    "rejected": "what the worse episode did next",
    "chosen_id": "the better episode",
    "rejected_id": "the worse episode",
    "chosen_reward": "its reward",
    "rejected_reward": "its reward",
    "has_tokens": "false where only messages were recorded",
    "advantage": "(reward - mean of the group) / (standard deviation of the group, n - 1, + 1e-4); 0 in a "
    "group of one",
    "advantage_raw": "reward - mean of the group",
}


def meaning(name: str, format: str) -> str:
    """What a column means in a format.

    >>> meaning("height", "hf")
    'px'
    """
    if name == "messages" and format == "hf":
        return 'the conversation, OpenAI style, JSON; a picture is `{"type": "image", "image": "<sha256>"}`'
    if name == "images" and format == "grpo":
        return "pictures in the order of `image_hashes`, bytes as they were stored"
    if name == "tools" and format == "hf":
        return MEANINGS[name] + ", JSON"
    return MEANINGS[name]
