"""Verbs before a cook: new, render, build."""

from __future__ import annotations

from multicooker.app import building, opening, rendering
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins import probing
from multicooker.app.results import BuildResult, NewResult, RenderResult
from multicooker.pipeline.plan import default_spec
from multicooker.pipeline.render import scaffold


def new(kitchen: Kitchen, *, task: str) -> NewResult:
    """Make a cook's folder with a brief, a cook.yaml, an override stub and raw/."""
    workspace = kitchen.cooks.create(task)
    known = kitchen.resources.flavors(None)
    spec = default_spec(known, probing.probe(kitchen, known).usable)
    schema = f"{kitchen.resources.templates_root()}/cook/cook.schema.json"
    title = task.replace("-", " ").replace("_", " ").capitalize()
    files = scaffold(
        {"spec": spec, "schema": schema, "title": title}, template=kitchen.resources.template
    )
    for path, text in files.items():
        workspace.write(path, text, private=False)
    workspace.make_folder("raw", private=False)
    opened = opening.open_cook(kitchen, task)
    files |= rendering.rendered(kitchen, opened)
    rendering.write(kitchen, opened, files)
    created = ("BRIEF.md", "cook.yaml", "compose.yaml", "compose.override.yaml", "raw/")
    return NewResult(task=task, folder=workspace.folder, created=created)


def render(kitchen: Kitchen, *, task: str, diff_only: bool) -> RenderResult:
    """Write compose.yaml and the prompts from cook.yaml, or only show what would change."""
    opened = opening.open_cook(kitchen, task)
    files = rendering.rendered(kitchen, opened)
    found = rendering.changes(opened, files)
    if not diff_only:
        with opened.workspace.lock():
            rendering.write(kitchen, opened, files)
    return RenderResult(
        task=task,
        folder=opened.workspace.folder,
        plan=tuple(str(cell) for cell in opened.round.cells),
        changes=found,
        written=not diff_only,
    )


def build(
    kitchen: Kitchen, *, task: str | None, flavors: tuple[str, ...], rebuild: bool
) -> BuildResult:
    """Build the images of a cook, of the flavors named, or of every flavor."""
    ca_bundle = None
    if task is not None:
        opened = opening.open_cook(kitchen, task)
        wanted = opened.used(opened.round.cells)
        ca_bundle = opened.spec.ca_bundle
    else:
        names = flavors or tuple(sorted(kitchen.resources.flavors(None)))
        wanted = tuple(kitchen.resources.flavor(name) for name in names)
    images = building.ensure_images(kitchen, wanted, ca_bundle=ca_bundle, rebuild=rebuild)
    return BuildResult(images=images)
