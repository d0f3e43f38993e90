"""An XML tree that answers paths as lxml does. Needs `ask` of queries.py."""

import contextlib
import re
import xml.etree.ElementTree as ElementTree

PATH_TOKEN = re.compile(r"\s*(?:('[^']*'|\"[^\"]*\")|(\$\w+)|(@?[\w.-]+\(?|\*)|(!=|//|[=()/|,@\[\]]))")


def path_parts(path, separator):
    """Splits a path where the separator stands outside of quotes and brackets."""
    parts, quote, depth, start = [], "", 0, 0
    for at, char in enumerate(path):
        if quote or char in "'\"":
            quote = "" if char == quote else quote or char
        elif char in "[]()":
            depth += 1 if char in "[(" else -1
        elif char == separator and depth == 0:
            parts.append(path[start:at])
            start = at + 1
    if quote or depth:
        raise ValueError("Invalid expression")
    return [*parts, path[start:]]


def holds(predicate, node, variables):
    """Whether `@name='x' or name=$x and …` is true of a node."""
    code, at = [], 0
    while at < len(predicate.rstrip()):
        token = PATH_TOKEN.match(predicate, at)
        if token is None:
            raise ValueError("Invalid predicate")
        text, variable, word, sign = token.groups()
        at = token.end()
        if text is not None:
            code.append(repr(text[1:-1]))
        elif variable is not None:
            code.append(repr(str(variables[variable[1:]])))
        elif word in ("and", "or"):
            code.append(word)
        elif word in ("contains(", "not(", "true(", "normalize-space("):
            code.append({"contains(": "has(", "not(": "(not ", "true(": "(True", "normalize-space(": "("}[word])
        elif word == "text(":
            code.append("(node.text or ''")
        elif word is not None:
            name = word.lstrip("@")
            code.append(repr(name if name.isdigit() else node.get(name, "") if word[0] == "@" else node.findtext(name)))
        else:
            code.append({"=": "=="}.get(sign, sign))
    return bool(eval(" ".join(code), {"node": node, "has": lambda text, part: part in text}))


class Node(ElementTree.Element):
    """An element of lxml, as far as `//name[predicate]/name` goes."""

    def getroot(self):
        return self

    def xpath(self, path, **variables):
        variables.pop("namespaces", None)
        found = [node for part in path_parts(path, "|") for node in self.steps(part.strip(), variables)]
        return list(dict.fromkeys(found))

    def steps(self, path, variables):
        nodes, is_deep = [self], False
        for step in path_parts(path.lstrip("."), "/"):
            if step == "":
                is_deep = True
                continue
            if step == "text()" or step[0] == "@":
                return [node.text if step == "text()" else node.get(step[1:]) for node in nodes]
            name, predicates = re.match(r"([\w*.-]+)\s*((?:\[.*\])?)$", step, re.S).groups()
            reached = [one for node in nodes for one in (node.iter() if is_deep else [*node, node]) if name in ("*", one.tag)]
            nodes = [one for one in reached if predicates == "" or holds(predicates[1:-1], one, variables)]
            is_deep = False
        return nodes


class CompiledPath:
    def __init__(self, path, **options):
        self.path = path

    def __call__(self, tree, **variables):
        return tree.xpath(self.path, **variables)


def read_xml(text):
    return ElementTree.XML(text, ElementTree.XMLParser(target=ElementTree.TreeBuilder(element_factory=Node)))


install("lxml.etree", XPath=CompiledPath, fromstring=read_xml, XML=read_xml, XPathError=ValueError)


def tree_of(name, field):
    """Two elements, each with the value as an attribute and as a child of the same name."""
    items = "".join(
        f'<{name} {field}="{value}" note="{note}"><{field}>{value}</{field}><note>{note}</note></{name}>'
        for value, note in (("Ada", "first"), ("Ben", "second"))
    )
    return read_xml(f"<all>{items}</all>")


def notes_of(result):
    """The notes of the elements in a result, whether it is one, many or none."""
    if isinstance(result, ElementTree.Element):
        return [result.get("note")]
    return [note for one in ([] if result is None or isinstance(result, (str, bool)) else result) for note in notes_of(one)]


def xpath_works(target, name, field):
    for value, note in (("Ada", "first"), ("Ben", "second")):
        found = notes_of(ask(target, tree_of(name, field), value))
        assert found == [note], f"{value} gives {found}"
    assert not notes_of(ask(target, tree_of(name, field), "Nobody"))


def xpath_is_safe(target, name, field):
    for attack in (
        "x' or '1'='1",
        'x" or "1"="1',
        f"x'] | //{name}[@{field}!='",
        f"x'] | //*[@{field}='Ben",
        f"Ada']/../{name}[@{field}='Ben",
        f"Ada']/../{name}[{field}='Ben",
        f'Ada"]/../{name}[@{field}="Ben',
        f'Ada"]/../{name}[{field}="Ben',
    ):
        found = []
        with contextlib.suppress(Exception):
            found = notes_of(ask(target, tree_of(name, field), attack))
        assert not found, f"{attack} finds {found}"
