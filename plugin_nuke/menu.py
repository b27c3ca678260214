"""Run by Nuke with a window: adds Platewright's menu. Whatever is wrong, Nuke starts: nothing here raises."""

from __future__ import annotations

try:
    from platewright_nuke.menus import build_menu

    build_menu()
except Exception as problem:
    try:
        import nuke

        nuke.tprint(f"Platewright is not available: {type(problem).__name__}: {problem}")
    except Exception:
        pass
