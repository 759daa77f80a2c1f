"""An overlay's objects without kustomize: the few of its features that ours use."""

import copy
from pathlib import Path
from typing import Any

import yaml

from finops_sandbox.manifests.objects import Json

_KNOWN = {"apiVersion", "kind", "resources", "images", "patches"}


class UnknownFeatureError(ValueError):
    """The kustomization uses what is not understood here."""


def compose(folder: Path) -> list[Json]:
    """What `kustomize build` makes of a folder.

    Raises:
        UnknownFeatureError: it uses more than resources, images and JSON patches.
    """
    file: Json = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if unknown := file.keys() - _KNOWN:
        raise UnknownFeatureError(f"{folder.name}: {', '.join(sorted(unknown))}")
    objects: list[Json] = []
    for resource in file.get("resources", []):
        path = folder / resource
        objects += compose(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for patch in file.get("patches", []):
        _patch(objects, patch)
    for image in file.get("images", []):
        _set_image(objects, image)
    return objects


def _patch(objects: list[Json], patch: Json) -> None:
    text = patch.get("patch") or ""
    operations: list[Json] = yaml.safe_load(text)
    matching = [found for found in objects if _is_target(found, patch["target"])]
    if not matching:
        raise UnknownFeatureError(f"no target: {patch['target']}")
    for found in matching:
        for operation in operations:
            _apply(found, copy.deepcopy(operation))


def _is_target(found: Json, target: Json) -> bool:
    labels = found["metadata"].get("labels", {})
    wanted = target.get("labelSelector", "")
    pairs = [pair.split("=", 1) for pair in wanted.split(",") if pair]
    return (
        found["kind"] == target.get("kind", found["kind"])
        and found["metadata"]["name"] == target.get("name", found["metadata"]["name"])
        and all(labels.get(key) == value for key, value in pairs)
    )


def _apply(found: Json, operation: Json) -> None:
    """One operation of RFC 6902: add or replace."""
    *parents, last = [
        part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]
    ]
    place: Any = found
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if isinstance(place, list):
        _change_list(place, last, operation)
    elif operation["op"] == "add" or (operation["op"] == "replace" and last in place):
        place[last] = operation["value"]
    else:
        raise UnknownFeatureError(f"{operation['op']} {operation['path']}")


def _change_list(place: list[Any], last: str, operation: Json) -> None:
    if operation["op"] == "add":
        place.insert(len(place) if last == "-" else int(last), operation["value"])
    elif operation["op"] == "replace":
        place[int(last)] = operation["value"]
    else:
        raise UnknownFeatureError(f"{operation['op']} {operation['path']}")


def _set_image(objects: list[Json], image: Json) -> None:
    for found in objects:
        for container in containers(found):
            if container["image"].rpartition(":")[0] == image["name"]:
                name = image.get("newName", image["name"])
                tag, digest = image.get("newTag"), image.get("digest")
                container["image"] = f"{name}@{digest}" if digest else f"{name}:{tag}"


def containers(found: Json) -> list[Json]:
    """The containers of an object that makes pods; none of others."""
    template = found.get("spec", {}).get("template", {})
    made: list[Json] = template.get("spec", {}).get("containers", [])
    return made
