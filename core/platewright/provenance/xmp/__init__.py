"""The XMP digital source type of deliverables: the packet, and where each format of file keeps it."""
