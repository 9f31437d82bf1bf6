"""The structural rules, as functions over source text: each guards against a real accident.

A rule takes parsed sources and returns sentences, one a violation. `test_rules.py` runs each over
the product and over a seeded violation, because a rule that was never seen failing is a wish.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
Sources = dict[str, ast.Module]

LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
PERSON_WORDS = {
    "name", "names", "full", "given", "family", "date_of_birth", "born", "address", "postcode",
    "identity", "narrative", "circumstances", "content", "details", "phone", "registration",
    "force_reference", "reference", "identifier", "identifiers", "body", "payload", "data", "text",
}  # fmt: skip


SESSION_WIDE = re.compile(
    r"\s*(SET\s+(?!LOCAL\b|TRANSACTION\b)\w+(\.\w+)?\s*(=|TO\b)|LISTEN\b|PREPARE\b|DISCARD\b"
    r"|SELECT\s+pg_(try_)?advisory_lock\b|SELECT\s+set_config\b)"
)
OWN_CONNECTIONS = ("services/cli/", "shared/projecting/rebuild.py", "shared/bus/wakeups.py")
"""What opens connections for itself and closes them."""

OUTSIDE = {"environ", "getenv", "argv", "open", "read_text"}


def product() -> Sources:
    """Every module of the product, parsed."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for folder in ("services", "shared")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def applying_only_assigns(sources: Sources) -> Iterator[str]:
    """Nothing refuses inside an `@event` body.

    The accident: the body also runs when history is loaded, so a rule that is tightened later makes
    records unloadable that were accepted before.
    """
    for file, function in _functions(sources):
        if not any(_is_event(decorator) for decorator in function.decorator_list):
            continue
        beside = {
            other.name: other for other in sources[file].body if isinstance(other, ast.FunctionDef)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called = beside.get(node.func.id)
                if called is not None and _refuses(called):
                    yield f"{file}:{node.lineno} {function.name} refuses by {called.name}"
            if isinstance(node, ast.Raise | ast.Assert):
                yield f"{file}:{node.lineno} {function.name} refuses while applying"
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "self"
            ):
                yield f"{file}:{node.lineno} {function.name} calls its own record while applying"


def no_person_in_a_log(sources: Sources) -> Iterator[str]:
    """A log call gets a fixed sentence and values whose names do not speak of a person.

    The accident: `log.info(f"reported {child.name}")` puts a name where nobody can erase it.
    """
    for file, tree in sources.items():
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LOG_METHODS
                and "log" in ast.unparse(node.func.value).lower()
            ):
                continue
            if node.args and not (
                isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
            ):
                yield f"{file}:{node.lineno} logs a sentence that is not fixed"
            for keyword in node.keywords:
                if keyword.arg is None or keyword.arg in PERSON_WORDS:
                    yield f"{file}:{node.lineno} logs {keyword.arg or 'unnamed values'}"


def errors_are_not_repeated(sources: Sources) -> Iterator[str]:
    """No `str(reason)` of a caught exception reaches an answer outside the one table of problems.

    The accident: a database's message repeats the value that broke a constraint.
    """
    for file, tree in sources.items():
        if not file.startswith(("services/", "shared/web/")) or file == "shared/web/problems.py":
            continue
        if file.startswith("services/cli/"):
            continue
        for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
            for node in ast.walk(handler):
                if (
                    handler.name
                    and isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"str", "repr"}
                    and any(isinstance(a, ast.Name) and a.id == handler.name for a in node.args)
                ):
                    yield f"{file}:{node.lineno} repeats an exception's text"


def no_catch_all_rooms(sources: Sources) -> Iterator[str]:
    """No module named for nothing: whoever looks for a rule would not know where it lives."""
    for file in sources:
        if {"utils", "helpers", "common", "manager", "misc"} & set(
            Path(file).with_suffix("").parts
        ):
            yield f"{file} is named for nothing in particular"


def nobody_switches_failpoints_on(sources: Sources) -> Iterator[str]:
    """No code of the product arms a failpoint, and each is named by a word that stands there.

    The accident: a process in production that was told by a variable in its surroundings to die.
    """
    for file, tree in sources.items():
        for node in ast.walk(tree):
            if file == "shared/failpoints.py":
                if isinstance(node, ast.Attribute | ast.Name) and _last(node) in OUTSIDE:
                    yield f"{file}:{node.lineno} could be switched on from outside"
            elif (wrong := _misused_failpoint(node)) is not None:
                yield f"{file}:{wrong}"


def sessions_stay_as_they_are(sources: Sources) -> Iterator[str]:
    """No statement changes its connection beyond its transaction; commands have their own.

    The accident: services' connections go back to their pool as they are, and the next request to
    use one would get the setting, or the lock, of somebody else's.
    """
    for file, tree in sources.items():
        if file.startswith(OWN_CONNECTIONS):
            continue
        for line, said in _texts(tree):
            if SESSION_WIDE.match(said):
                yield f"{file}:{line} changes its session beyond its transaction"


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text, a formatted one as a whole, with `x` where something is put in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        else:
            yield from _texts(node)


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _misused_failpoint(node: ast.AST) -> str | None:
    if isinstance(node, ast.ImportFrom) and node.module == "shared.failpoints":
        return f"{node.lineno} takes failpoints apart: use failpoints.step"
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "failpoints":
        return None if node.attr == "step" else f"{node.lineno} uses failpoints.{node.attr}"
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoints.step":
        named = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
        return None if named else f"{node.lineno} does not name its step"
    return None


def _functions(sources: Sources) -> Iterator[tuple[str, ast.FunctionDef]]:
    for file, tree in sources.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield file, node


def _refuses(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Raise | ast.Assert) for node in ast.walk(function))


def _is_event(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "event"
