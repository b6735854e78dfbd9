"""Chat templates of several kinds, as they are met in the wild, shortened where nothing hangs on it."""

from .models import example

PLAIN = example("tiny_models").TEMPLATE.lstrip("\n")

# Qwen3: cuts thoughts from earlier turns, adds empty ones to the last, and takes `enable_thinking`.
QWEN3 = r"""
{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
    {{- "# Tools\n\n<tools>" }}
    {%- for tool in tools %}{{- "\n" + (tool | tojson) }}{%- endfor %}
    {{- "\n</tools><|im_end|>\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "user" or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {{- '<|im_start|>' + message.role + '\n' }}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning) %}
            {{- '<think>\n' + reasoning.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls or [] %}
            {%- if (loop.first and content) or (not loop.first) %}{{- '\n' }}{%- endif %}
            {%- set tool_call = tool_call.function or tool_call %}
            {{- '<tool_call>\n{"name": "' + tool_call.name + '", "arguments": ' }}
            {{- (tool_call.arguments if tool_call.arguments is string else tool_call.arguments | tojson) }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' + content + '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}
""".lstrip("\n")

# Qwen2.5-VL: knows no tools, and puts a system message in front where there is none.
NO_TOOLS = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content %}"
    "{% if add_vision_id %}Picture: {% endif %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TOOL_CONTENT = "said(message.content) + '\\n</tool_response>'"

# Shows only the texts of tool messages.
DROPS_PICTURES = PLAIN.replace(
    TOOL_CONTENT,
    "(message.content if message.content is string else message.content | selectattr('text')"
    " | map(attribute='text') | join('\\n')) + '\\n</tool_response>'",
)

# Writes the name of the tool that answers, as several families do.
NAMES_TOOLS = PLAIN.replace(
    "'\\n<tool_response>\\n' +", "'\\n<tool_response name=' + message.name + '>\\n' +"
)

# Begins the assistant's turn inside a thought.
THINKS = PLAIN.replace(
    "{{- '<|im_start|>assistant\\n' -}}\n{%- endif -%}",
    "{{- '<|im_start|>assistant\\n<think>\\n' -}}\n{%- endif -%}",
)

# Qwen3-Coder: names and keys stand between angle brackets.
CODER = PLAIN.replace(
    """{{- '<tool_call>\\n{"name": "' + call.name + '", "arguments": ' -}}
            {{- call.arguments if call.arguments is string else call.arguments | tojson -}}
            {{- '}\\n</tool_call>' -}}""",
    """{{- '<tool_call>\\n<function=' + call.name + '>\\n' -}}
            {%- for key, value in call.arguments.items() -%}
                {{- '<parameter=' + key + '>\\n' -}}
                {{- (value if value is string else value | tojson) + '\\n</parameter>\\n' -}}
            {%- endfor -%}
            {{- '</function>\\n</tool_call>' -}}""",
)

# Wants user and assistant in turns, and no other role.
RAISES = (
    "{%- for message in messages -%}{%- if message.role not in ('user', 'assistant') -%}"
    "{{- raise_exception('only user and assistant take turns, not ' + message.role) -}}{%- endif -%}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)

# Closes a turn with a line end.
NO_CLOSE = (
    "{%- for message in messages -%}{{- message.role + ': ' + message.content + '\\n' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- 'assistant: ' -}}{%- endif -%}"
)

# Keeps nothing of what the assistant said.
FORGETS = (
    "{%- for message in messages -%}{%- if message.role != 'assistant' -%}{{- '<|im_start|>' + message.role"
    " + message.content + '<|im_end|>' -}}{%- endif -%}{%- endfor -%}{{- '<|im_start|>assistant\\n' -}}"
)

for _made in (DROPS_PICTURES, NAMES_TOOLS, THINKS, CODER):
    assert _made != PLAIN
