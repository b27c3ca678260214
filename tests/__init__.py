"""The tests, as a package of its own: a library that the tests install (pyblish) brings one of this name too."""
