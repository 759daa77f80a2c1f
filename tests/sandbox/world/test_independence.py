"""The oracle shares no code with what it judges."""

import ast
from pathlib import Path

import finops_sandbox.world as world_package


def test_the_world_imports_nothing_of_the_product() -> None:
    [folder] = world_package.__path__
    imported = {
        name.split(".")[0]
        for path in Path(folder).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    }

    assert {name for name in imported if name.startswith("finops_")} == {"finops_sandbox"}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
