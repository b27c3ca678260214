"""A strict stand-in for Nuke: real script state, real undo, real pixels, and an error for whatever is not known.

`FakeNuke(major=16)` is one running Nuke; its `module` is what `import nuke` gives. Node classes, knobs, defaults and
menu entries come from a scan of a real Nuke (knobs.json); what no scan says and the adapter builds on is listed in
`facts.ASSUMED` and asked of a real Nuke by plugin_nuke/conformance.py.
"""
