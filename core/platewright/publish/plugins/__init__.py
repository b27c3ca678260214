"""The plug-in files. They hold thin classes only: a publisher passes over a file that fails, so none may fail."""
