"""How the sample shot is made: scene, sky, camera move, object and grain. Run it through `sample/render.py`."""

__all__: list[str] = []
