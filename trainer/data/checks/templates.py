"""Doubles of markupsafe and jinja2: texts that are HTML, and templates."""

import html
import json
import re


class Markup(str):
    """A text that is HTML already."""

    def __html__(self):
        return self

    def __add__(self, other):
        return Markup(str(self) + str(escape(other)))

    def __radd__(self, other):
        return Markup(str(escape(other)) + str(self))

    def __mod__(self, values):
        values = values if isinstance(values, tuple) else (values,)
        return Markup(str.__mod__(self, tuple(escape(value) for value in values)))

    def format(self, *values, **fields):
        return Markup(str.format(self, *map(escape, values), **{key: escape(value) for key, value in fields.items()}))

    @classmethod
    def escape(cls, value):
        return escape(value)


def escape(value):
    return Markup(value.__html__() if hasattr(value, "__html__") else html.escape(str(value)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))


FILTERS = {"e": escape, "escape": escape, "safe": Markup, "upper": lambda text: str(text).upper(), "title": lambda text: str(text).title(),
           "lower": lambda text: str(text).lower(), "capitalize": lambda text: str(text).capitalize(), "trim": lambda text: str(text).strip(),
           "length": len, "striptags": lambda text: re.sub(r"<[^>]*>", "", str(text)), "default": lambda text: text, "tojson": json.dumps}


def evaluate(expression, context):
    """An expression of jinja. Like there, an unknown name is nothing, and what is known may be called."""
    source, *filters = re.split(r"\|(?!\|)", expression)

    class Names(dict):
        def __missing__(self, key):
            return ""

    value = eval(source.strip(), {"__builtins__": {}}, Names(context))
    for name in filters:
        value = FILTERS[name.split("(")[0].strip()](value)
    return value


# Every template that was rendered.
RENDERED = []


def render(source, context, autoescape=True):
    """A small jinja: {{ expression | filter }}, {% if %}, {% elif %}, {% else %}, {% for x in y %}, {# comment #}."""
    RENDERED.append(source)
    tokens = re.split(r"({{.*?}}|{%.*?%}|{#.*?#})", str(source), flags=re.DOTALL)

    def block(at, names, live):
        out = []
        while at < len(tokens):
            token = tokens[at]
            word = token[2:-2].strip(" -") if token.startswith("{%") else ""
            if re.match(r"(else|elif|end)", word):
                return "".join(out), at, word
            if token.startswith("{{") and live:
                value = evaluate(token[2:-2], names)
                out.append(str(escape(value) if autoescape else value))
            elif word.startswith("if "):
                taken, end = False, word
                while end and not end.startswith("end"):
                    holds = live and not taken and (end == "else" or bool(evaluate(end.split(" ", 1)[1], names)))
                    text, at, end = block(at + 1, names, holds)
                    out.append(text)
                    taken = taken or holds
            elif word.startswith("for "):
                name, items = word[4:].split(" in ", 1)
                start, end_at = at + 1, block(at + 1, names, False)[1]
                for item in evaluate(items, names) if live else []:
                    out.append(block(start, {**names, name.strip(): item}, live)[0])
                at = end_at
            elif not token.startswith("{") and live:
                out.append(token)
            at += 1
        return "".join(out), at, ""

    return Markup(block(0, {"request": request, "config": {}, **context}, True)[0])


class Template:
    def __init__(self, source, autoescape=False, **_):
        self.source = source
        self.autoescape = autoescape

    def render(self, *contexts, **context):
        return str(render(self.source, {**dict(*contexts), **context}, self.autoescape))


class Environment:
    def __init__(self, autoescape=False, loader=None, **_):
        self.autoescape = bool(autoescape)

    def from_string(self, source):
        return Template(source, self.autoescape)


install("markupsafe", escape=escape, Markup=Markup)
install("jinja2", Template=Template, Environment=Environment, BaseLoader=type("BaseLoader", (), {}), select_autoescape=lambda *_, **__: True,
        escape=escape, Markup=Markup, DictLoader=dict, FileSystemLoader=lambda *_: None)
install("jinja2.sandbox", SandboxedEnvironment=Environment)
